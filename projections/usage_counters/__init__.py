"""What each workspace used: by metric, month, day and agent."""
