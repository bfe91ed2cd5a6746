"""A module for each page: what it reads, and what its buttons do."""
