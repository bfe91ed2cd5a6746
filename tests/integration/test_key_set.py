"""Tokens of an identity provider: its key set is read over real HTTP, and may be anything."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from kernel.errors import Unauthenticated
from runtime.web import key_set
from runtime.web.auth import Access, Authenticator, Principal
from runtime.web.errors import handle_errors
from runtime.web.key_set import AwaitKeys, KeySet, KeysUnavailable, NotAKeySet, parse_key_set
from runtime.web.tokens import PublishedKeys, Verifier
from tests.support.local_server import Answer, Call, LocalServer

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = {**RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True), "kid": "first"}
EC_KEY = {**ECAlgorithm.to_jwk(EC.public_key(), as_dict=True), "kid": "second"}
SECRET_KEY = {"kty": "oct", "k": "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M", "kid": "secret"}


def token(key: Any = RSA, algorithm: str = "RS256", kid: str | None = "first") -> str:
    claims = {"sub": "ann", "exp": time.time() + 60}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else None)


class Provider:
    """Answers what it is told to, after a pause."""

    def __init__(self) -> None:
        self.answer = Answer(200, {"keys": [RSA_KEY]})
        self.asked = 0
        self.pause = 0.0
        self.server = LocalServer(self._respond)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def _respond(self, _: Call) -> Answer:
        self.asked += 1
        time.sleep(self.pause)
        return self.answer


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(key_set, "PAUSE_SECONDS", 0.0)
    served = Provider()
    yield served
    served.server.shutdown()
    served.server.server_close()


def fetched(provider: Provider) -> KeySet:
    keys = KeySet(provider.url)
    refresh(keys)
    return keys


def refresh(keys: KeySet) -> None:
    fetching = keys.refresh()
    assert fetching is not None
    fetching.result(10)


class TestVerification:
    def test_a_token_of_either_kind_of_key_is_valid(self, provider: Provider) -> None:
        provider.answer = Answer(200, {"keys": [RSA_KEY, EC_KEY]})
        verifier = Verifier(PublishedKeys(fetched(provider)))
        assert verifier.claims(token())["sub"] == "ann"
        assert verifier.claims(token(EC, "ES256", "second"))["sub"] == "ann"
        assert verifier.claims(token(EC, "ES256", None))["sub"] == "ann"

    def test_a_shared_secret_proves_nothing(self, provider: Provider) -> None:
        provider.answer = Answer(200, {"keys": [RSA_KEY, SECRET_KEY]})
        with pytest.raises(Unauthenticated):
            Verifier(PublishedKeys(fetched(provider))).claims(token("s" * 32, "HS256", "secret"))

    def test_a_token_is_forgotten_with_the_key_that_signed_it(self, provider: Provider) -> None:
        keys = fetched(provider)
        authenticator, known = Authenticator(Verifier(PublishedKeys(keys))), token()
        authenticator.authenticate(known)
        provider.answer = Answer(200, {"keys": [EC_KEY]})
        refresh(keys)
        with pytest.raises((Unauthenticated, KeysUnavailable)):
            authenticator.authenticate(known)


class TestFetching:
    def test_before_the_first_answer_nobody_is_told_that_a_token_is_wrong(
        self, provider: Provider
    ) -> None:
        provider.answer = Answer(500, "down")
        keys = KeySet(provider.url)
        with pytest.raises(KeysUnavailable):
            keys.candidates("first", "RS256")
        refresh(keys)
        assert keys.problem() is not None

    def test_many_askers_cause_one_fetch(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_set, "PAUSE_SECONDS", 60.0)
        provider.pause = 0.2
        keys = KeySet(provider.url)
        for _ in range(50):
            with pytest.raises(KeysUnavailable):
                keys.candidates("first", "RS256")
        fetching = keys.refresh()
        assert fetching is not None
        fetching.result(10)
        assert keys.candidates("nobody's", "RS256") == []
        assert provider.asked == 1

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(500, "down"),
            Answer(302, "", {"location": "http://127.0.0.1:1/"}),
            Answer(200, "<html>maintenance</html>"),
            Answer(200, {}),
            Answer(200, {"keys": []}),
            Answer(200, {"keys": 7}),
            Answer(200, {"keys": {"kty": "RSA"}}),
            Answer(200, {"keys": [SECRET_KEY]}),
            Answer(200, {"keys": ["x", None, {"kty": "RSA"}, {"kty": "EC", "crv": []}]}),
            Answer(200, "[" * 100_000),
            Answer(200, "[1]"),
            Answer(200, " " * 300_000 + json.dumps({"keys": [EC_KEY]})),
        ],
    )
    def test_what_is_no_key_set_leaves_the_known_one(
        self, provider: Provider, answer: Answer
    ) -> None:
        keys = fetched(provider)
        provider.answer = answer
        refresh(keys)
        assert Verifier(PublishedKeys(keys)).claims(token())["sub"] == "ann"
        assert keys.failure

    def test_a_provider_that_hangs_up_leaves_the_known_one(self, provider: Provider) -> None:
        keys = fetched(provider)
        provider.server.respond = lambda _: None
        refresh(keys)
        assert keys.candidates("first", "RS256")

    def test_a_stale_key_set_answers_while_it_is_fetched_again(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = fetched(provider)
        monkeypatch.setattr(key_set, "FRESH_SECONDS", -1.0)
        provider.pause = 1.0
        started = time.monotonic()
        assert keys.candidates("first", "RS256")
        assert time.monotonic() - started < 0.5

    def test_no_more_keys_are_read_than_a_key_set_has(self) -> None:
        many = [{**RSA_KEY, "kid": str(number)} for number in range(300)]
        assert len(parse_key_set(json.dumps({"keys": many}).encode())) == key_set.MOST_KEYS
        with pytest.raises(NotAKeySet):
            parse_key_set(b'{"keys": [{"kty": "RSA", "n": 1e999, "e": NaN}]}')


class TestRequests:
    """Over an app, as requests meet it."""

    def app(self, keys: KeySet) -> FastAPI:
        app = FastAPI()
        access = Access(Authenticator(Verifier(PublishedKeys(keys))))

        @app.get("/me")
        def me(principal: Principal = access.authenticated) -> str:
            return principal.subject

        @app.get("/healthz")
        async def healthz() -> str:
            return "ok"

        handle_errors(app)
        app.add_middleware(AwaitKeys, key_set=keys)
        return app

    async def get(self, app: FastAPI, path: str, bearer: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=headers)

    def test_the_first_one_waits_for_the_key_set(self, provider: Provider) -> None:
        app = self.app(KeySet(provider.url))
        assert asyncio.run(self.get(app, "/me", token())).status_code == 200

    def test_a_rotated_key_is_found_at_once(self, provider: Provider) -> None:
        app = self.app(fetched(provider))
        provider.answer = Answer(200, {"keys": [RSA_KEY, EC_KEY]})
        rotated = token(EC, "ES256", "second")
        assert asyncio.run(self.get(app, "/me", rotated)).status_code == 200

    def test_without_a_key_set_the_answer_is_503(self, provider: Provider) -> None:
        provider.answer = Answer(503, "down")
        answer = asyncio.run(self.get(self.app(KeySet(provider.url)), "/me", token()))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "keys_unavailable")
        assert answer.headers["retry-after"] == "1"

    def test_others_are_answered_while_a_slow_provider_is_waited_for(
        self, provider: Provider
    ) -> None:
        provider.pause = 1.0
        app = self.app(KeySet(provider.url))

        async def both() -> tuple[float, int]:
            waiting = [asyncio.create_task(self.get(app, "/me", token())) for _ in range(60)]
            await asyncio.sleep(0.1)
            started = time.monotonic()
            await self.get(app, "/healthz")
            took = time.monotonic() - started
            answers = await asyncio.gather(*waiting)
            return took, sum(answer.status_code == 200 for answer in answers)

        took, served = asyncio.run(both())
        assert took < 0.5
        assert served == 60
