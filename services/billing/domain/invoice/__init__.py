"""What was billed, paid, given back and disputed, as the gateways tell it."""
