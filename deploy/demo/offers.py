"""What is sold beside a price: a trial, seats, and a code for the yearly plan."""

from __future__ import annotations

from typing import Any

from deploy.demo.host import Unexpected, eventually
from deploy.demo.story import RETURN, Stage

SEATS, YEARLY, CODE = "studio-monthly", "studio-yearly", "YEARLY20"
PRICE = {SEATS: 1_200, YEARLY: 12_000}
TRIAL_DAYS = 14


def sell_offers(stage: Stage) -> None:
    """In workspaces of their own, whose money differs from the price of a plan."""
    _put_on_sale(stage)
    trial, team = (f"{stage.workspaces[0]}-{name}" for name in ("trial", "team"))
    _check_out(stage, trial, SEATS, quantity=2)
    _await(stage, trial, status="trialing", quantity=2, amount_cents=2 * PRICE[SEATS])
    _check_out(stage, team, YEARLY, quantity=3, discount=CODE)
    _await(stage, team, status="active", quantity=3, amount_cents=3 * PRICE[YEARLY] * 4 // 5)
    owner = stage.host.member_token(team)
    path = f"/v1/billing/workspaces/{team}/subscription/quantity"
    foreseen = stage.command("POST", f"{path}?dry_run=true", owner, {"quantity": 5}, want=200)
    stage.command("POST", path, owner, {"quantity": 5}, want=200)
    _await(stage, team, quantity=5, amount_cents=foreseen["amount_cents"])
    stage.tell(f"{trial}: two seats, free for {TRIAL_DAYS} days. {team}: five seats with {CODE}.")


def _put_on_sale(stage: Stage) -> None:
    """An earlier demo may have."""
    plan = {"name": "Studio", "monthly_conversations": 500, "per_unit": {"unit": "seat", "max": 50}}
    for slug, interval in ((SEATS, "month"), (YEARLY, "year")):
        sold = {**plan, "slug": slug, "interval": interval, "price_cents": PRICE[slug]}
        trial = {"trial_days": TRIAL_DAYS} if slug == SEATS else {}
        _make(stage, "/v1/billing/plans", {**sold, **trial})
    code = {"code": CODE, "percent": 20, "duration": "forever", "plans": [YEARLY]}
    _make(stage, "/v1/billing/discounts", code)


def _make(stage: Stage, path: str, body: dict[str, Any]) -> None:
    key = stage.key(path, str(body.get("slug")))
    answer = stage.host.command("POST", path, stage.admin, key, body)
    if answer.status_code not in (201, 409):
        raise Unexpected(f"POST {path}: {answer.status_code} {answer.text[:300]}")


def _check_out(stage: Stage, workspace: str, plan: str, **choices: Any) -> None:
    pages = {"success_url": RETURN, "cancel_url": RETURN}
    body = {"plan": plan, "gateway": "sandbox", **pages, **choices}
    path = f"/v1/billing/workspaces/{workspace}/checkout"
    page = stage.command("POST", path, stage.host.member_token(workspace), body, want=201)
    stage.host.press(str(page["url"]), "Approve")


def _await(stage: Stage, workspace: str, **wanted: Any) -> None:
    path = f"/v1/projections/workspaces/{workspace}/subscription"
    token = stage.host.member_token(workspace, "viewer")
    eventually(
        lambda: stage.host.get(path, token).json(),
        lambda shown: wanted.items() <= shown.items(),
        f"{workspace} {wanted}",
    )
