"""Pages of ours that ask a gateway: for everybody, but not as often as somebody likes."""

from __future__ import annotations

from pathlib import Path

from tests.support.whole_app import whole_app

KEYS = {
    "razorpay_key_id": "rzp_test_x",
    "razorpay_key_secret": "x" * 24,
    "razorpay_webhook_secret": "y" * 24,
    "razorpay_api_base": "http://127.0.0.1:9",
}


def test_a_stranger_cant_make_us_ask_without_end(migrated_url: str, tmp_path: Path) -> None:
    with whole_app(migrated_url, tmp_path, **KEYS, rate_anonymous_per_address=2) as client:
        found = [client.get("/razorpay/checkout/sub_unknown").status_code for _ in range(3)]
    assert found[2] == 429
    assert 429 not in found[:2]
