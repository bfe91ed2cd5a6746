"""Which ids of usage events are recorded already: see README.md."""
