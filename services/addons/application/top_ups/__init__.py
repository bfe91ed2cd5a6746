"""Buying credits by themselves when few are left."""
