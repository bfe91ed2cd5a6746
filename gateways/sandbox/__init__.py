"""A payment gateway without a company behind it, for development, demos and tests."""

from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.deliveries import SandboxDeliveries
from gateways.sandbox.pages import sandbox_router
from gateways.sandbox.state import SandboxState

__all__ = ["SandboxDeliveries", "SandboxGateway", "SandboxState", "sandbox_router"]
