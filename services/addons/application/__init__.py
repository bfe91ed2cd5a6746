"""The use cases of add-ons: a module a group."""

from services.addons.application.buying import Buying, Order
from services.addons.application.catalogue import Catalogue
from services.addons.application.deciding import Deciding, RefundOrder
from services.addons.application.letters import Letters
from services.addons.application.pages import Pages
from services.addons.application.paging import Paging
from services.addons.application.payment_methods import PaymentMethods, SavedMethod
from services.addons.application.purchase_index import PurchaseIndex
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.settling import Settling

__all__ = [
    "Buying",
    "Catalogue",
    "Deciding",
    "Letters",
    "Order",
    "Pages",
    "Paging",
    "PaymentMethods",
    "PurchaseIndex",
    "PurchaseRepository",
    "RefundOrder",
    "SavedMethod",
    "Settling",
]
