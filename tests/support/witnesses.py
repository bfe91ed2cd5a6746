"""Witnesses of signed heads as others run them: over HTTP, and OpenSSL's time-stamp authority."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kernel.clock import utc_clock
from projections.audit_trail.chain import Signer
from projections.audit_trail.cosigning import CosignedHead
from projections.audit_trail.heads import SignedHead
from tests.support.local_server import Answer, Call, LocalServer

WITNESS = Signer([b"w" * 32])
AUTHORITY = """
[tsa]
default_tsa = main
[main]
serial = {place}/serial
signer_cert = {place}/tsa.pem
signer_key = {place}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ordering = yes
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamp]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@contextmanager
def served(respond: Callable[[Call], Answer | None]) -> Iterator[str]:
    """Its address."""
    server = LocalServer(respond)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/heads"
    server.shutdown()
    server.server_close()
    thread.join(5)


@dataclass
class CosigningWitness:
    """Co-signs what it is sent, keeps it once, and gives it back."""

    heads: list[SignedHead] = field(default_factory=list)

    def respond(self, call: Call) -> Answer:
        if call.method == "GET":
            return Answer(200, "".join(f"{json.dumps(each.facts())}\n" for each in self.heads))
        signed = SignedHead.of(call.json)
        if signed not in self.heads:
            self.heads.append(signed)
        facts = CosignedHead.made(signed, WITNESS, utc_clock()).facts()
        return Answer(200, {"cosigned": facts["cosigned"]})


@dataclass(frozen=True)
class TimeStampAuthority:
    """`openssl ts` behind HTTP. Its root is in `roots.pem`."""

    place: Path

    def found(self) -> None:
        """Makes a root and a certificate for time stamps, on elliptic curves."""
        (self.place / "tsa.cnf").write_text(AUTHORITY.format(place=self.place))
        (self.place / "serial").write_text("01\n")
        curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config tsa.cnf"
        self._openssl(
            f"req -x509 {curve} -extensions root -subj /CN=root -keyout root.key "
            "-out roots.pem -days 30"
        )
        self._openssl(f"req {curve} -subj /CN=tsa -keyout tsa.key -out tsa.csr")
        self._openssl(
            "x509 -req -in tsa.csr -CA roots.pem -CAkey root.key -CAcreateserial -days 30 "
            "-extfile tsa.cnf -extensions stamp -out tsa.pem"
        )

    def respond(self, call: Call) -> Answer:
        (self.place / "query").write_bytes(call.body)
        self._openssl("ts -reply -config tsa.cnf -section main -queryfile query -out reply")
        return Answer(200, (self.place / "reply").read_bytes())

    def holds(self, reply: bytes, text: bytes) -> bool:
        """As OpenSSL itself says."""
        (self.place / "kept").write_bytes(reply)
        (self.place / "text").write_bytes(text)
        command = "ts -verify -data text -in kept -CAfile roots.pem"
        return "Verification: OK" in self._openssl(command)

    def _openssl(self, arguments: str) -> str:
        command = ["openssl", *arguments.split()]
        run = subprocess.run(
            command, cwd=self.place, capture_output=True, text=True, check=True, timeout=30
        )
        return run.stdout + run.stderr
