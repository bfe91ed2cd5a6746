"""Credits that are bought by themselves when few are left: a workspace's rule for one meter."""
