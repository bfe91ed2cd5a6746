"""The parts of the clients that do no I/O."""
