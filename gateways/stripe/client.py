"""The one SDK client, its limits and its idempotency keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import stripe

from gateways.port import GatewayUnavailable
from gateways.stripe.failures import kind_of
from gateways.stripe.metadata import Installation
from kernel.clock import Clock, utc_clock
from kernel.errors import DomainError

_KEY_LIMIT = 255  # of an idempotency key

P = ParamSpec("P")
R = TypeVar("R")


class StripeClient:
    """Safe to share between threads. A call waits at most `timeout` seconds for each of
    1 + `network_retries` attempts of each request.

    Every POST carries an idempotency key, so the SDK's `network_retries` never repeat an
    effect: of our command id and the step of the command, or the SDK's random one where saying
    the same again changes nothing. Reads and DELETE repeat harmlessly.

    Stripe forgets keys after some 24 hours. Beyond that an effect is looked up before it is made:
    money by the command id in the metadata of the customer's own objects (list calls, which are
    strongly consistent, unlike search), changes of a subscription by the commands that it
    remembers in its metadata.
    """

    def __init__(
        self,
        api_key: str,
        *,
        clock: Clock = utc_clock,
        api_base: str | None = None,
        installation: str = "",
        timeout: float = 20.0,
        network_retries: int = 2,
    ) -> None:
        self.api = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            max_network_retries=network_retries,
            http_client=stripe.RequestsClient(timeout=timeout),
        ).v1
        self.clock = clock
        self.installation = Installation(installation)
        self._api_key = api_key

    def refusal(self, error: stripe.StripeError) -> DomainError:
        """Stripe's error as one of ours; its text never holds the key, nor the body of an
        answer."""
        text = (error.user_message or "") if error.error is not None else ""
        return kind_of(error)(
            text.replace(self._api_key, "***"),
            gateway="stripe",
            reason=error.code or type(error).__name__,
            http_status=error.http_status,
            request_id=error.request_id,
        )


class _Calling(Protocol):
    @property
    def client(self) -> StripeClient: ...


CallingT = TypeVar("CallingT", bound=_Calling)


def translates_errors(
    method: Callable[Concatenate[CallingT, P], R],
) -> Callable[Concatenate[CallingT, P], R]:
    """Lets none of the SDK's errors out. Their cause is dropped: an answer may echo a secret. An
    answer without the fields that it must have is as good as none."""

    @wraps(method)
    def translated(self: CallingT, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except stripe.StripeError as error:
            raise self.client.refusal(error) from None
        except (AttributeError, LookupError) as error:
            raise GatewayUnavailable(gateway="stripe", reason="incomplete_answer") from error

    return translated


def once(command_id: str, step: str) -> stripe.RequestOptions:
    """The idempotency key of one step of a command."""
    key = f"{command_id}:{step}"
    if len(key) > _KEY_LIMIT:
        key = sha256(key.encode()).hexdigest()
    return {"idempotency_key": key}
