"""Messages of one commit as one stored event."""
