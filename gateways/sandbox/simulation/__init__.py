"""The company that the sandbox plays: its objects, its bank and its time, in one SQLite file."""
