"""HTTP for every part: callers, one envelope for errors, replayed answers, logs and traces."""
