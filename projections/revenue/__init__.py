"""Recurring revenue and its movements, and what was paid, failed, given back and disputed."""
