"""The order ledger: the purchases of all workspaces, for the platform's admins."""
