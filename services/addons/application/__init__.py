"""The use cases of add-ons."""

from services.addons.application.admin_decisions import AdminDecisions, RefundOrder
from services.addons.application.buy_addon import Order, Purchasing
from services.addons.application.catalogue import Catalogue
from services.addons.application.payment_methods import PaymentMethods, SavedMethod
from services.addons.application.purchase_index import PurchaseIndex
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.settle_due_purchases import SettlementSweep
from services.addons.application.settlement import Settlement
from services.addons.application.team_notifications import EmailTemplate, Outbox, TeamNotifications

__all__ = [
    "AdminDecisions",
    "Catalogue",
    "EmailTemplate",
    "Order",
    "Outbox",
    "PaymentMethods",
    "PurchaseIndex",
    "PurchaseRepository",
    "Purchasing",
    "RefundOrder",
    "SavedMethod",
    "Settlement",
    "SettlementSweep",
    "TeamNotifications",
]
