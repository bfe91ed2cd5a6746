"""One entry of the catalogue: stream `addon:<slug>`."""
