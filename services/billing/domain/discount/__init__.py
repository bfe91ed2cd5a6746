"""Discounts of the catalogue, given by code."""
