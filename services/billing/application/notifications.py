"""What a gateway's notification makes us do: fetch what it names, and observe that."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from eventsourcing.persistence import RecordConflictError

from gateways.port import ReferenceNotFound, SubscriptionSnapshot, VerifiedEvent
from kernel.cause import Cause
from kernel.clock import Clock, rfc3339
from kernel.ids import is_workspace_id
from runtime.eventstore.command import current_trace
from runtime.eventstore.store import EventStore
from runtime.eventstore.stream import Change, Stream
from runtime.messaging.inbox import Inbox, InboxMessage
from services.billing.application.hosted_checkouts import HostedCheckouts
from services.billing.application.observe_snapshot import Observations
from services.billing.application.settlement import Settlement
from services.billing.domain.errors import AccountUnknown
from services.billing.domain.webhook import WEBHOOK, decide_receive_webhook, webhook_stream

log = structlog.get_logger()
SEVERAL = 200
# Gateways wait for their answer (the shortest gives up after 5 s); a message can wait.
GIVE_WAY_SECONDS = 0.05
OVERDUE_SECONDS = 1.0


class _Receiving:
    """How many notifications are being received by this process at the moment."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            if not self._count:
                self._changed.notify_all()

    def wait_until_quiet(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._count, seconds)


class Notifications:
    """Receives quickly, reads later. A message that can't be read is put off with growing pauses
    and parked in the end: the checkout that it is about may be recorded a moment later."""

    def __init__(
        self,
        inbox: Inbox,
        store: EventStore,
        observations: Observations,
        hosted: HostedCheckouts,
        settlement: Settlement,
        clock: Clock,
    ) -> None:
        self.inbox = inbox
        self._store = store
        self._observations = observations
        self._hosted = hosted
        self._settlement = settlement
        self._clock = clock
        self._receiving = _Receiving()

    def receive(self, gateway: str, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Verifies and stores. False for a duplicate. Raises GatewayNotConfigured,
        InvalidSignature, and ValueError for what PostgreSQL can't hold."""
        with self._receiving:
            event = self._observations.gateway(gateway).webhooks.verify(raw, headers)
            facts, owner = _facts(event), self._owner(gateway, event)
            return self.inbox.receive(gateway, event.id, raw, headers, facts, owner)

    def _owner(self, gateway: str, event: VerifiedEvent) -> str:
        """The workspace that a notification is about; empty while that is not known."""
        if is_workspace_id(event.workspace_id):
            return event.workspace_id
        named = (ref for ref in (event.subscription, event.checkout, event.customer) if ref)
        known = map(partial(self._observations.accounts.workspace_of, gateway), named)
        return next((workspace for workspace in known if workspace), "")

    def read_all(self) -> int:
        """Reads what is due, up to `SEVERAL`; returns how many messages that were."""
        return self._read_due(0.0)

    def help_reading(self) -> int:
        """The same with what nobody has come to read for a while: another reader waits for a slow
        gateway. Otherwise one is enough, and leaves the processor to those who answer gateways."""
        return self._read_due(OVERDUE_SECONDS)

    def _read_due(self, overdue: float) -> int:
        for count in range(SEVERAL):
            message = self.inbox.claim(overdue)
            if message is None:
                return count
            self._read(message)
            self._receiving.wait_until_quiet(GIVE_WAY_SECONDS)
        return SEVERAL

    def _read(self, message: InboxMessage) -> None:
        try:
            self._handle(message)
        except Exception as error:
            reason = f"{getattr(error, 'code', type(error).__name__)}: {error}"
            again = self.inbox.put_off(message, reason)
            log.warning(
                "webhook_failed", gateway=message.source, id=message.id, again=again, reason=reason
            )
        else:
            self.inbox.settle(message)

    def _handle(self, message: InboxMessage) -> None:
        gateway, refs = message.source, message.facts["refs"]
        story = f"webhook:{gateway}:{message.id}"
        cause = Cause(f"gateway:{gateway}", story, story, message.facts.get("traceparent", ""))
        self._record(message, cause)
        if refs["subscription"]:
            self._subscription(gateway, refs["subscription"], cause)
        elif refs["checkout"]:
            self._checkout(gateway, refs["checkout"], refs["workspace"], cause)
        elif refs["customer"] and not refs["charge"]:
            self._customer(gateway, refs["customer"], cause)

    def _record(self, message: InboxMessage, cause: Cause) -> None:
        """Once, however often the message is read: add-ons act on the event."""
        facts = message.facts
        at = datetime.fromisoformat(facts["occurred_at"])
        source, id_ = message.source, message.id
        received = decide_receive_webhook(source, id_, facts["type"], facts["refs"], at)
        with suppress(RecordConflictError):
            unread = Stream(WEBHOOK, webhook_stream(source, id_))
            self._store.append(Change(unread, received), cause=cause)

    def _subscription(self, gateway: str, ref: str, cause: Cause) -> None:
        snapshot = self._observations.gateway(gateway).subscriptions.fetch(ref)
        workspace = self._workspace_of(snapshot)
        self._observations.observe(workspace, snapshot, cause)
        self._settlement.settle_orphans(workspace, cause)

    def _workspace_of(self, snapshot: SubscriptionSnapshot) -> str:
        """Known by reference, or by the metadata of a checkout that we know too: another
        installation may share the gateway's account."""
        accounts = self._observations.accounts
        known = accounts.workspace_of(snapshot.gateway, snapshot.ref)
        if known is not None:
            return known
        named = {"gateway": snapshot.gateway, "subscription": snapshot.ref}
        if not snapshot.workspace_id:
            raise AccountUnknown(**named)
        account = accounts.find(snapshot.workspace_id)
        if snapshot.command_id and (
            account is None or snapshot.command_id not in account.checkouts
        ):
            raise AccountUnknown(checkout_id=snapshot.command_id, **named)
        return snapshot.workspace_id

    def _checkout(self, gateway: str, ref: str, named_workspace: str, cause: Cause) -> None:
        """A page of ours, or one of an add-on, which is not our business."""
        accounts = self._observations.accounts
        workspace = accounts.workspace_of(gateway, ref) or named_workspace
        account = accounts.find(workspace) if workspace else None
        known = [each for each in account.checkouts.values() if each.ref == ref] if account else []
        if known:
            self._hosted.settle(workspace, known[0].id, cause)
            self._settlement.settle_orphans(workspace, cause)
            return
        try:
            seen = self._observations.gateway(gateway).checkouts.fetch(ref)
        except ReferenceNotFound:
            return
        if seen.subscription is not None:
            self._subscription(gateway, seen.subscription, cause)

    def _customer(self, gateway: str, customer: str, cause: Cause) -> None:
        """Perhaps another payment method: the subscription shows it."""
        workspace = self._observations.accounts.workspace_of(gateway, customer)
        account = self._observations.accounts.find(workspace) if workspace else None
        live = account.live if account is not None else None
        if account is not None and live is not None and live.gateway == gateway and live.ref:
            self._observations.fetch_and_observe(account.workspace, gateway, live.ref, cause)


def _facts(event: VerifiedEvent) -> dict[str, Any]:
    """Raises ValueError for what PostgreSQL can't hold."""
    trace = current_trace()
    refs = {
        "workspace": event.workspace_id,
        "subscription": event.subscription,
        "checkout": event.checkout,
        "charge": event.charge,
        "customer": event.customer,
    }
    if "\0" in "".join((event.id, event.type, *refs.values())):
        raise ValueError("a name has a NUL character")
    return {
        **({"traceparent": trace.traceparent} if trace and trace.traceparent else {}),
        "type": event.type,
        "occurred_at": rfc3339(event.occurred_at),
        "refs": refs,
    }
