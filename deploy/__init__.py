"""Which processes exist, and what each is made of. The only place that reads the environment."""
