"""Where facts are kept: the `eventsourcing` library's recorder with a time of recording, the sealed
personal data in events, and what one command carries with it.
"""
