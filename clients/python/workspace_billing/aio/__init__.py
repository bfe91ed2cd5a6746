"""The asynchronous client; `blocking` is generated from it."""
