"""What is wrong with settings that are well formed each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.setting_types import SECRET_CHARACTERS, SEED_BYTES, several, variable

if TYPE_CHECKING:
    from deploy.settings import Settings

# Set all of a line, or none.
TOGETHER = (
    ("stripe_api_key", "stripe_webhook_secret"),
    ("paypal_client_id", "paypal_client_secret", "paypal_webhook_id"),
    ("razorpay_key_id", "razorpay_key_secret", "razorpay_webhook_secret"),
    ("kafka_username", "kafka_password"),
    ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_roles"),
)


def inconsistencies(settings: Settings) -> Iterator[str]:
    for names in TOGETHER:
        missing = [name for name in names if not getattr(settings, name)]
        if missing and len(missing) < len(names):
            listed = ", ".join(variable(name) for name in missing)
            verb = "is" if len(missing) == 1 else "are"
            yield f"{listed} {verb} missing: set {', '.join(map(variable, names))}, or none of them"
    for name in ("jwt_secret", "session_secret"):
        if any(len(secret) < SECRET_CHARACTERS for secret in several(getattr(settings, name))):
            yield f"{variable(name)} must have at least {SECRET_CHARACTERS} characters"
    if any(len(seed) != SEED_BYTES for seed in settings.signing_seeds()):
        yield f"BILLING_SIGNING_KEY must be {SEED_BYTES} bytes in base64"
    if settings.stripe_api_key.startswith("whsec_"):
        yield "BILLING_STRIPE_API_KEY is a webhook secret: API keys begin with sk_ or rk_"
    if any(each.startswith(("sk_", "rk_")) for each in several(settings.stripe_webhook_secret)):
        yield "BILLING_STRIPE_WEBHOOK_SECRET is an API key: webhook secrets begin with whsec_"
    if settings.kafka_ca_file and not Path(settings.kafka_ca_file).is_file():
        yield f"BILLING_KAFKA_CA_FILE: {settings.kafka_ca_file} is no file"
