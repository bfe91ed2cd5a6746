"""Mail to people: planned by events, written when it is due, sent once."""
