"""Subscribers of a plan are moved: foreseen, announced, and changed at a period's end."""
