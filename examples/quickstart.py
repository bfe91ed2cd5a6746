"""What a newcomer tries first: a checkout, a quota, an add-on.

make run                                          # in another terminal
pip install ./clients/python
python examples/quickstart.py [URL [SECRET]]
"""

import sys
import uuid
from pathlib import Path

import httpx

from workspace_billing import Billing, Money, ServiceTokens, errors

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
SECRET = sys.argv[2] if len(sys.argv) > 2 else Path(".data/jwt.secret").read_text().strip()
ADDON = "professional-ai-setup"


def main() -> None:
    tokens = ServiceTokens(SECRET, roles=["service", "super_admin"])
    workspace = f"quickstart-{uuid.uuid4().hex[:8]}"
    ann = tokens.for_user("ann", {workspace: "owner"}, email="ann@example.com", name="Ann")
    with Billing(URL, auth=tokens) as billing:
        shop, host = billing.using(ann).workspaces(workspace), billing.workspaces(workspace)

        # On a small plan it reaches its limit of conversations.
        billing.plans.create(workspace, name="Small", price_cents=0, monthly_conversations=2)
        host.assign_plan(workspace)
        try:
            for number in range(3):
                host.conversation(f"conversation-{number}").start()
                host.conversation(f"conversation-{number}").first_turn()
                print(f"conversation {number} counted")
        except errors.PlanLimitReached as refused:
            print("refused:", refused.message)
        # It subscribes. The customer would pay on the page; the sandbox takes a form.
        for plan in billing.plans.pricing().data:
            if plan.price_cents is not None:  # else it has to be asked for
                print(f"{plan.name}: {Money.of_cents(plan.price_cents, plan.currency)}")
        checkout = shop.checkout(
            plan="pro-monthly",
            gateway="sandbox",
            success_url="https://example.com/billing",
            cancel_url="https://example.com/billing",
        )
        httpx.post(checkout.url, data={"card": "4242 4242 4242 4242"})
        account = shop.reconcile()
        print(f"on {account.plan}, {account.status}")
        # It buys a service on the card that it paid with.
        billing.addons.change(ADDON, is_active=True)
        print(f"{ADDON}: {shop.buy(ADDON).status}")


if __name__ == "__main__":
    main()
