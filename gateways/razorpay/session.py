"""The HTTP session under Razorpay's SDK, which turns every failure into one of the port's errors.

The SDK itself has no timeout, prints failures to stdout, reads error pages as JSON and drops an
error's field and reason; it never gets to see a failure.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from gateways.port import GatewayUnavailable
from gateways.razorpay.failures import failure


class RazorpaySession(requests.Session):
    """`timeout` seconds an attempt. Only reads are repeated, twice at most: other calls carry no
    idempotency key."""

    def __init__(self, timeout: float, backoff: float) -> None:
        super().__init__()
        self._timeout = timeout
        reads = Retry(
            total=2,
            allowed_methods={"GET"},
            status_forcelist={429, 500, 502, 503, 504},
            backoff_factor=backoff,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=reads))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = self._timeout
        kwargs["allow_redirects"] = False
        # The certificates bundled with the SDK age with it.
        kwargs["verify"] = True
        try:
            response = super().request(*args, **kwargs)
        except requests.Timeout:
            reason = "timeout"
        except requests.RequestException as error:
            reason = type(error).__name__
        else:
            return _checked(response)
        # Outside the handler: the error of requests holds the Authorization header.
        raise GatewayUnavailable(gateway="razorpay", reason=reason)


def _checked(response: requests.Response) -> requests.Response:
    body = _body(response)
    if response.status_code == requests.codes.no_content:
        return response
    if body is not None and response.ok and "error" not in body:
        return response
    raise failure(response.status_code, body)


def _body(response: requests.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
