"""Every witness elsewhere: it takes a head and proves it, takes it twice, gives back what it keeps,
and says so where it can't be reached."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.audit.witnesses import outlet_of
from deploy.audit.witnesses.http import HttpWitness
from deploy.settings import ConfigurationError
from projections.audit_trail.chain import Signer
from projections.audit_trail.cosigning import CosignedHead
from projections.audit_trail.heads import Head, SignedHead
from projections.audit_trail.receipts import Keeper, Outlet, Undelivered
from runtime.kafka import Kafka
from tests.support.audit_history import SEED, START
from tests.support.kafka import kafka as kafka
from tests.support.kafka import kafka_bootstrap as kafka_bootstrap
from tests.support.local_server import Answer
from tests.support.witnesses import WITNESS, CosigningWitness, TimeStampAuthority, served

KINDS = ["http", "tsa", "git", pytest.param("kafka", marks=pytest.mark.kafka)]
NOWHERE = "http://127.0.0.1:9/heads"


def head(events: int, service: str = "metering") -> SignedHead:
    at = START + timedelta(seconds=events)
    made = Head(service, events, events, bytes(32), at, root=b"r" * 32, workspaces=b"w" * 32)
    return SignedHead.made(made, Signer([SEED]))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimeStampAuthority:
    made = TimeStampAuthority(tmp_path_factory.mktemp("tsa"))
    made.found()
    return made


def clone(place: Path) -> str:
    """Of an empty repository beside it."""
    for command in (
        ["git", "init", "--quiet", "--bare", "-b", "main", str(place / "remote")],
        ["git", "init", "--quiet", "-b", "main", str(place / "clone")],
        ["git", "-C", str(place / "clone"), "remote", "add", "origin", str(place / "remote")],
    ):
        subprocess.run(command, check=True)
    return f"git:{place / 'clone'}"


@pytest.fixture(params=KINDS)
def outlet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outlet]:
    match request.param:
        case "http":
            with served(CosigningWitness().respond) as url:
                yield outlet_of(url, lambda: None)
        case "tsa":
            authority = request.getfixturevalue("authority")
            with served(authority.respond) as url:
                roots = authority.place / "roots.pem"
                yield outlet_of(f"tsa+{url}#{roots}", lambda: None)
        case "git":
            yield outlet_of(clone(tmp_path), lambda: None)
        case _:
            kafka: Kafka = request.getfixturevalue("kafka")
            yield outlet_of("kafka:audit-heads", lambda: kafka)


class TestEveryWitness:
    def test_proves_that_it_has_a_head_and_keeps_it(self, outlet: Outlet) -> None:
        first, second = head(1), head(2)
        assert outlet.deliver(first)
        assert outlet.deliver(second)
        assert outlet.deliver(second)
        if isinstance(outlet, Keeper):
            kept = list(outlet.kept())
            assert (kept[0], kept[-1]) == (first, second)
            assert set(kept) == {first, second}


class TestWhoCantBeReached:
    def test_says_so(self, tmp_path: Path, authority: TimeStampAuthority) -> None:
        repository = outlet_of(clone(tmp_path), lambda: None)
        (tmp_path / "remote" / "HEAD").unlink()
        away = [
            outlet_of(NOWHERE, lambda: None),
            outlet_of(f"tsa+{NOWHERE}#{authority.place / 'roots.pem'}", lambda: None),
            repository,
        ]
        for each in away:
            with pytest.raises(Undelivered):
                each.deliver(head(1))

    def test_a_commit_that_could_not_be_pushed_is_pushed_with_the_next(
        self, tmp_path: Path
    ) -> None:
        repository = outlet_of(clone(tmp_path), lambda: None)
        (tmp_path / "remote").rename(tmp_path / "away")
        with pytest.raises(Undelivered):
            repository.deliver(head(1))
        (tmp_path / "away").rename(tmp_path / "remote")
        repository.deliver(head(2))
        assert isinstance(repository, Keeper)
        assert list(repository.kept()) == [head(1), head(2)]


class TestOverHttp:
    def test_a_cosignature_is_kept_as_witnesses_sign(self) -> None:
        with served(CosigningWitness().respond) as url:
            answer = outlet_of(url, lambda: None).deliver(head(1))
        cosigned = CosignedHead.of({**head(1).facts(), **answer})
        assert cosigned.is_by(WITNESS.public_key)

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(503),
            Answer(200, "<html>"),
            Answer(200, {"cosigned": {"key_id": "x"}}),
            Answer(200, "x" * 70_000),
            None,
        ],
        ids=["unavailable", "a page", "half a co-signature", "too long", "cut off"],
    )
    def test_what_is_no_answer_is_tried_again(self, answer: Answer | None) -> None:
        with served(lambda _: answer) as url, pytest.raises(Undelivered):
            outlet_of(url, lambda: None).deliver(head(1))

    def test_a_name_carries_no_secret(self) -> None:
        named = outlet_of("https://ann:secret@witness.example.com/heads?k=v", lambda: None)
        assert isinstance(named, HttpWitness)
        assert (named.name, named.url.count("secret")) == ("https://witness.example.com/heads", 1)


class TestTimeStamps:
    def test_openssl_finds_them_good_for_this_head_alone(
        self, authority: TimeStampAuthority
    ) -> None:
        with served(authority.respond) as url:
            outlet = outlet_of(f"tsa+{url}#{authority.place / 'roots.pem'}", lambda: None)
            reply = base64.b64decode(outlet.deliver(head(1))["timestamp"])
        assert authority.holds(reply, head(1).head.text)
        with pytest.raises(subprocess.CalledProcessError):
            authority.holds(reply, head(2).head.text)

    def test_one_of_another_head_or_of_a_stranger_is_none(
        self, authority: TimeStampAuthority, tmp_path: Path
    ) -> None:
        stranger = TimeStampAuthority(tmp_path)
        stranger.found()
        roots = authority.place / "roots.pem"
        with served(stranger.respond) as url, pytest.raises(Undelivered, match="no time stamp"):
            outlet_of(f"tsa+{url}#{roots}", lambda: None).deliver(head(1))
        earlier = (authority.place / "reply").read_bytes()
        replayed: Callable[[object], Answer] = lambda _: Answer(200, earlier)  # noqa: E731
        with served(replayed) as url, pytest.raises(Undelivered, match="no time stamp"):
            outlet_of(f"tsa+{url}#{roots}", lambda: None).deliver(head(1))


@pytest.mark.parametrize(
    "target", ["kafka:heads", "git:/nowhere", "tsa+https://tsa.example.com", "https:///heads"]
)
def test_what_can_not_be_is_refused_at_the_start(target: str) -> None:
    with pytest.raises(ConfigurationError):
        outlet_of(target, lambda: None)
