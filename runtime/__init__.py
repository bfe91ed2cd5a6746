"""Machinery without a business word, a file a job."""
