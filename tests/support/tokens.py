"""Access tokens of people and services."""

from __future__ import annotations

import time

import jwt

from runtime.web.auth import Authenticator
from runtime.web.tokens import SharedSecrets, Verifier

SECRET = "a secret that only this test suite knows"


def authenticator_of(*secrets: str) -> Authenticator:
    """Newest first."""
    return Authenticator(Verifier(SharedSecrets(secrets)))


def bearer(*roles: str, subject: str = "ann", **workspaces: str) -> dict[str, str]:
    """The header. `workspaces` names the subject's role in each."""
    claims = {
        "sub": subject,
        "exp": time.time() + 3600,
        "roles": list(roles),
        "workspaces": workspaces,
        "email": f"{subject}@acme.example",
        "name": f"{subject.title()} O'Neil",
    }
    return {"authorization": f"Bearer {jwt.encode(claims, SECRET, 'HS256')}"}
