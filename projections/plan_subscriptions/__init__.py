"""What each workspace lives on, and what it pays for that."""
