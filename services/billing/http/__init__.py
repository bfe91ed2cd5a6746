"""Routes of the billing service."""
