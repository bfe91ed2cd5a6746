"""The documents of `docs/` as pages of the running system, under `/guide`."""

from deploy.guide.routes import add_guide

__all__ = ["add_guide"]
