"""What is generated of the client, and from what."""
