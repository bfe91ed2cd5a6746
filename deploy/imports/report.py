"""What is told of a business that is taken over."""

from __future__ import annotations

from typing import Any

from services.billing.application.cutover.survey import Found
from services.billing.application.cutover.take_over import Taken
from services.billing.domain.cutover.judgement import Judged
from services.billing.domain.cutover.proposal import Proposal


def report_of(found: Found, taken: Taken | None) -> dict[str, Any]:
    """For machines: nothing is left out. Without `taken` of a dry run."""
    report: dict[str, Any] = {
        "gateway": found.gateway,
        "subscriptions": len(found.judged),
        "verdicts": dict(found.counts),
        "notes": dict(found.notes),
        "prices": found.matched,
        "proposals": [_proposal(each) for each in found.proposals],
        "left_to_people": [_judged(each) for each in found.left_to_people],
    }
    if taken is not None:
        report |= {
            "adopted": taken.adopted,
            "failed": taken.failed,
            "marks": taken.marks,
            "books": {"gateway": dict(taken.theirs), "here": dict(taken.ours)},
        }
    return report


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        "subscription": judged.snapshot.ref,
        "customer": judged.snapshot.customer,
        "verdict": judged.verdict,
        "workspace": judged.workspace,
        "plan": judged.plan,
        "price": judged.snapshot.price_ref,
        "notes": list(judged.notes),
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    """`plan` is the body of `POST /v1/billing/plans`, but for its limits, where one is possible."""
    price = proposal.price
    plan = None
    if price.amount is not None and price.interval is not None:
        plan = {
            "slug": proposal.slug,
            "name": price.name,
            "price_cents": price.amount.amount,
            "currency": price.amount.currency,
            "interval": price.interval,
        }
    return {"price": price.ref, "plan": plan, "like": list(proposal.like)}
