"""Who may call this installation, and the keys that it signs with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from deploy.data_directory import development_secret
from deploy.edge import rates_of
from deploy.setting_types import several
from deploy.settings import Settings
from projections.audit_trail.chain import Signer, key_id
from runtime.web.auth import Access, Authenticator
from runtime.web.key_set import KeySet
from runtime.web.tokens import Keys, Mint, PublishedKeys, SharedSecrets, Verifier


@dataclass(frozen=True)
class Secrets:
    """Newest first. `session` sign the sessions of the pages. `signing` are the audit keys' 32-byte
    seeds, and the roots of the decision ids' check values."""

    jwt: Sequence[str]
    session: Sequence[str]
    signing: Sequence[bytes]

    @property
    def decision_keys(self) -> dict[str, str]:
        """By the id of the audit key of the same seed."""
        return {
            key_id(key): seed.hex()
            for key, seed in zip(Signer(self.signing).public_keys, self.signing, strict=True)
        }


class Security:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def secrets(self) -> Secrets:
        """Production has those that its settings name, and perhaps none: each process gets its
        own. Development makes up the others."""
        settings = self._settings
        jwt, signing = several(settings.jwt_secret), settings.signing_seeds()
        if settings.env != "production":
            if not settings.jwks_url:
                jwt = jwt or [development_secret(settings, "jwt").hex()]
            signing = signing or [development_secret(settings, "signing")]
        return Secrets(jwt, self._session_secrets(jwt), signing)

    def _session_secrets(self, jwt: Sequence[str]) -> Sequence[str]:
        """Those of shared tokens, where there are some and none of its own."""
        settings = self._settings
        chosen = several(settings.session_secret)
        if chosen or not settings.jwks_url:
            return chosen or jwt
        if settings.env == "production":
            return []
        return [development_secret(settings, "session").hex()]

    @cached_property
    def mint(self) -> Mint | None:
        """None where this installation signs no tokens."""
        settings = self._settings
        audiences = several(settings.jwt_audience)
        return next(
            (Mint(each, settings.jwt_issuer, audiences) for each in self.secrets.session), None
        )

    @cached_property
    def key_set(self) -> KeySet | None:
        """None where tokens are signed with a shared secret."""
        return KeySet(self._settings.jwks_url) if self._settings.jwks_url else None

    @cached_property
    def authenticator(self) -> Authenticator:
        own = self.secrets.session
        keys: Keys = (
            PublishedKeys(self.key_set, SharedSecrets(own))
            if self.key_set
            else SharedSecrets([*self.secrets.jwt, *own])
        )
        audiences = several(self._settings.jwt_audience)
        return Authenticator(Verifier(keys, self._settings.jwt_issuer, audiences))

    @cached_property
    def access(self) -> Access:
        return Access(self.authenticator, rates_of(self._settings))
