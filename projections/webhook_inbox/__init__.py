"""What gateways notified us of, and what became of reading it."""
