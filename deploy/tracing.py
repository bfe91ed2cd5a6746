"""Whether this process tells a collector what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.settings import ConfigurationError

if TYPE_CHECKING:
    from runtime.web.tracing import Tracing


def build_tracing(endpoint: str) -> Tracing | None:
    """None where no collector is named: then nothing of OpenTelemetry's SDK is imported."""
    if not endpoint:
        return None
    try:
        from runtime.web.tracing import exporting

        return exporting(endpoint)
    except ImportError as error:
        raise ConfigurationError(
            "BILLING_OTLP_ENDPOINT is set, but not installed: pip install '.[tracing]'"
        ) from error
