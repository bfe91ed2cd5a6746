"""A payment gateway without a company behind it, for development, demos and tests."""

from gateways.sandbox.client import SandboxClient
from gateways.sandbox.gateway import build
from gateways.sandbox.hosted import Render
from gateways.sandbox.router import sandbox_router
from gateways.sandbox.simulation.deliveries import SandboxDeliveries
from gateways.sandbox.simulation.state import SandboxState

__all__ = [
    "Render",
    "SandboxClient",
    "SandboxDeliveries",
    "SandboxState",
    "build",
    "sandbox_router",
]
