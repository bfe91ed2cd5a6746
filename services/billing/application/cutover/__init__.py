"""An existing business is taken over from its gateway: surveyed, staged, adopted."""
