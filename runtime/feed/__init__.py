"""How facts leave a service and reach whoever follows them: in log order, once, with a position in
PostgreSQL; what can't be applied is parked, never skipped.
"""
