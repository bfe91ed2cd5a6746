"""The use cases of add-ons: a file each."""
