"""What people see: HTML over the HTTP APIs, and nothing that another program could not do."""
