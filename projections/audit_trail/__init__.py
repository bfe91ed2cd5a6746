"""Every event of all services in one ledger: hashed, signed, searchable, and explained."""
