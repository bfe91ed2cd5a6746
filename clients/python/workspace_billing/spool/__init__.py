"""Usage that is on this machine's disk before it is on billing's: `Spool` and its `Sending`."""

from workspace_billing.spool.sending import Sending
from workspace_billing.spool.store import Rejected, Spool

__all__ = ["Rejected", "Sending", "Spool"]
