"""The clients, against the real server."""
