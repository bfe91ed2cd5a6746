# Generated from aio/__init__.py: change that one.
"""The blocking client."""
