"""Tables that are built from events only: defined, built anew, and compared with history."""
