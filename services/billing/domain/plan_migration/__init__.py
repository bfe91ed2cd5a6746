"""Subscribers of a plan are moved to another plan, or to the price that it has now."""
