"""Endpoints that make it hard: they answer half, or never take what one workspace does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.local_server import Answer
from tests.support.webhook_service import Receiver, WebhookService

CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"


@contextmanager
def cutting_short() -> Iterator[str]:
    """Answers each request, and closes in the midst of the body."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(CUT_SHORT)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hooks"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


class TestAnswers:
    def test_one_that_breaks_off_behind_its_status_was_given(
        self, webhooks: WebhookService
    ) -> None:
        with cutting_short() as url:
            endpoint = webhooks.add(url)["id"]
            webhooks.happens()
            webhooks.send(endpoint)
        [delivery] = webhooks.deliveries(endpoint)
        assert (delivery["state"], delivery["response_code"]) == ("delivered", 200)


class TestOneWorkspace:
    """The window of these tests is 40."""

    def test_whose_events_are_never_taken_holds_up_no_other(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        refusing(host)
        webhooks.happens("acme", times=100)
        webhooks.send(endpoint, rounds=6)
        [other] = webhooks.happens("globex")
        webhooks.send(endpoint, rounds=6)
        assert other in host.ids
        assert len(webhooks.deliveries(endpoint, state="waiting", limit="500")) <= 40

    def test_gets_all_of_them_in_order_once_they_are_taken(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        refusing(host)
        ids = webhooks.happens("acme", times=100)
        webhooks.send(endpoint, rounds=6)
        webhooks.happens("globex")
        ids += webhooks.happens("acme", times=5)
        webhooks.send(endpoint, rounds=6)
        host.calls.clear()
        host.answer = lambda _: Answer(204)
        webhooks.later(hours=5)
        ids += webhooks.happens("acme", times=5)
        webhooks.send(endpoint, rounds=30)
        mine = [each for each in dict.fromkeys(host.ids) if each in ids]
        assert mine == ids
        assert host.ids == sorted(host.ids, key=lambda name: int(name.split(":")[1]))


def refusing(host: Receiver, workspace: str = "acme") -> None:
    named = f'"{workspace}"'.encode()
    host.answer = lambda call: Answer(500 if named in call.body else 200)
