"""Invoices as the gateways told them: what was billed, paid, given back and disputed."""
