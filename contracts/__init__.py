"""The published language. Depends on pydantic alone; consumers may copy this package as it is."""
