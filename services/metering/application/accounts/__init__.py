"""Accounts of declared meters: decided here, from what the database said, and stored if that still
holds."""
