"""Use cases of metering, a module for each group of them."""
