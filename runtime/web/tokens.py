"""Which keys, issuer and audience make a bearer token one of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import jwt

from kernel.errors import Unauthenticated
from runtime.web.key_set import UNREADABLE, KeySet

Claims = Mapping[str, Any]


class Keys(Protocol):
    @property
    def version(self) -> int:
        """Another one means that tokens verified before may no longer be valid."""
        ...

    def candidates(self, key_id: object, algorithm: str) -> Sequence[Any]: ...


def key_id_of(secret: str) -> str:
    """Names a shared secret in a token's header, without telling anything of it."""
    return hashlib.sha256(b"kid:" + secret.encode()).hexdigest()[:16]


class SharedSecrets:
    """Newest first. A token that names none of them is tried with all."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.version = 0
        self._secrets = {key_id_of(secret): secret for secret in secrets if secret}

    def candidates(self, key_id: object, algorithm: str) -> Sequence[str]:
        if algorithm != "HS256":
            return []
        named = self._secrets.get(key_id) if isinstance(key_id, str) else None
        return [named] if named else list(self._secrets.values())


class PublishedKeys:
    """And the secrets with which this installation signs tokens itself."""

    def __init__(self, key_set: KeySet, own: SharedSecrets | None = None) -> None:
        self.key_set = key_set
        self._own = own or SharedSecrets(())

    @property
    def version(self) -> int:
        return self.key_set.version

    def candidates(self, key_id: object, algorithm: str) -> Sequence[Any]:
        published = [key.key for key in self.key_set.candidates(key_id, algorithm)]
        return published or self._own.candidates(key_id, algorithm)


@dataclass(frozen=True, slots=True)
class Mint:
    """Signs what a `Verifier` of the same secret, issuer and audiences takes."""

    secret: str
    issuer: str = ""
    audiences: Sequence[str] = ()

    def __call__(self, subject: str, until: datetime, **claims: Any) -> str:
        issued = {
            "sub": subject,
            "exp": until,
            **({"iss": self.issuer} if self.issuer else {}),
            **({"aud": self.audiences[0]} if self.audiences else {}),
        }
        headers = {"kid": key_id_of(self.secret)}
        return jwt.encode({**claims, **issued}, self.secret, "HS256", headers=headers)


@dataclass(frozen=True, slots=True)
class Verifier:
    """`issuer` and `audiences` are checked when they are set: then a token must carry the claim.
    While they are not, a token may carry any."""

    keys: Keys
    issuer: str = ""
    audiences: Sequence[str] = ()

    def claims(self, token: str) -> Claims:
        """Raises Unauthenticated, saying why, or KeysUnavailable."""
        try:
            header = jwt.get_unverified_header(token)
        except UNREADABLE as error:
            raise Unauthenticated("The token is not valid.") from error
        algorithm = str(header.get("alg"))
        for key in self.keys.candidates(header.get("kid"), algorithm):
            try:
                return self._decode(token, key, algorithm)
            except jwt.InvalidSignatureError:
                continue
            except jwt.ExpiredSignatureError as error:
                raise Unauthenticated("The token has expired.") from error
            except UNREADABLE as error:
                raise Unauthenticated("The token is not valid.") from error
        raise Unauthenticated("The token is not valid.")

    def _decode(self, token: str, key: Any, algorithm: str) -> Claims:
        options: Any = {"require": ["exp", "sub"], "verify_aud": bool(self.audiences)}
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            options=options,
            audience=list(self.audiences) or None,
            issuer=self.issuer or None,
        )
