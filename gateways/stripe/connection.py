"""The one client, its limits, and what Stripe's errors are in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from hashlib import sha256
from typing import Concatenate, ParamSpec, TypeVar

import stripe

from gateways.port import GatewayRejected, GatewayUnavailable, ReferenceNotFound
from kernel.clock import Clock
from kernel.errors import DomainError

_KEY_LIMIT = 255  # of an idempotency key
_VALUE_LIMIT = 500  # of a metadata value
# Commands that a subscription has executed: what its idempotency keys forget, this remembers.
_EXECUTED = "executed_commands"

P = ParamSpec("P")
R = TypeVar("R")


class Connection:
    """Every POST carries an idempotency key, so the SDK's `network_retries` never repeat an
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
        webhook_secrets: Sequence[str],
        api_base: str | None,
        timeout: float,
        clock: Clock,
        network_retries: int,
    ) -> None:
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            max_network_retries=network_retries,
            http_client=stripe.RequestsClient(timeout=timeout),
        )
        self._api = self._client.v1
        self._clock = clock
        self._secrets = tuple(secret for secret in webhook_secrets if secret)
        self._hidden = (api_key, *self._secrets)

    def refusal(self, error: stripe.StripeError) -> DomainError:
        """Stripe's error as one of ours; its text never holds a key, nor the body of an answer."""
        text = (error.user_message or "") if error.error is not None else ""
        for secret in self._hidden:
            text = text.replace(secret, "***")
        return _kind_of(error)(
            text,
            gateway="stripe",
            reason=error.code or type(error).__name__,
            http_status=error.http_status,
            request_id=error.request_id,
        )


ConnectionT = TypeVar("ConnectionT", bound=Connection)


def asks(
    method: Callable[Concatenate[ConnectionT, P], R],
) -> Callable[Concatenate[ConnectionT, P], R]:
    """Lets none of the SDK's errors out. Their cause is dropped: an answer may echo a secret. An
    answer without the fields that it must have is as good as none."""

    @wraps(method)
    def asked(self: ConnectionT, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except stripe.StripeError as error:
            raise self.refusal(error) from None
        except (AttributeError, LookupError) as error:
            raise GatewayUnavailable(gateway="stripe", reason="incomplete_answer") from error

    return asked


def once(command_id: str, step: str) -> stripe.RequestOptions:
    """The idempotency key of one step of a command."""
    key = f"{command_id}:{step}"
    if len(key) > _KEY_LIMIT:
        key = sha256(key.encode()).hexdigest()
    return {"idempotency_key": key}


def is_missing(error: stripe.InvalidRequestError) -> bool:
    return error.code == "resource_missing" or error.http_status == 404


def is_executed(command_id: str, metadata: Mapping[str, str]) -> bool:
    return command_id in metadata.get(_EXECUTED, "").split()


def executed(command_id: str, metadata: Mapping[str, str]) -> dict[str, str]:
    """The metadata that remembers one command more; the oldest give way."""
    commands = [*metadata.get(_EXECUTED, "").split(), command_id]
    while len(commands) > 1 and len(" ".join(commands)) > _VALUE_LIMIT:
        del commands[0]
    return {_EXECUTED: " ".join(commands)}


def words(metadata: stripe.StripeObject | None) -> dict[str, str]:
    """An object's metadata as a mapping."""
    return {} if metadata is None else {str(k): str(v) for k, v in metadata.to_dict().items()}


def moment(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def moment_or_none(timestamp: int | None) -> datetime | None:
    return None if timestamp is None else moment(timestamp)


def _kind_of(error: stripe.StripeError) -> type[DomainError]:
    if isinstance(error, stripe.InvalidRequestError):
        return ReferenceNotFound if is_missing(error) else GatewayRejected
    if isinstance(error, stripe.IdempotencyError):
        # 409: the first request with this key is still running.
        return GatewayUnavailable if error.http_status == 409 else GatewayRejected
    if isinstance(error, stripe.CardError | stripe.AuthenticationError | stripe.PermissionError):
        return GatewayRejected
    return GatewayUnavailable
