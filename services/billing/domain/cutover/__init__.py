"""Whether a subscription of an existing business fits here: decided before anything is adopted."""
