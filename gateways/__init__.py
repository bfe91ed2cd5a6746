"""The outside world of money: one port, one adapter per gateway."""
