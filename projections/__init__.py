"""The read side: tables built from events, and the APIs that query them."""
