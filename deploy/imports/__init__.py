"""What an existing business brings with it."""
