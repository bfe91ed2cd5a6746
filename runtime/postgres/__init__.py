"""One part's schema in PostgreSQL: connections, binary arrays, named statements, and the embedded
server of a machine that has none.
"""
