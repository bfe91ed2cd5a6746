"""A plan of the catalogue, and what each gateway sells of it."""
