"""A workspace's account: one live subscription, and everything that could become a second one."""
