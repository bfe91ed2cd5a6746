"""What only the whole system can do for an auditor: bundles, erasure, and what-if."""
