"""What the outside world posts to us, stored once; and the mail that we send."""
