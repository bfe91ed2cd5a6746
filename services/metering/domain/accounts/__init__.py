"""A workspace's account of one meter: what its plan gives, its credits, and what took of them."""
