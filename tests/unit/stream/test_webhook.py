"""The signature, and where a webhook may lead."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from truecrowd.errors import ConfigError
from truecrowd.stream.outbox import UndeliveredError
from truecrowd.stream.webhook import SIGNATURE, Webhook, is_signed, keys_of, may_reach, signature

OLD, NEW = b"o" * 32, b"n" * 32
NOW = 1_770_000_000


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        server.seen.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.status = [], 204
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def hook(server: Any) -> Webhook:
    return Webhook(f"http://127.0.0.1:{server.server_port}/in?a=b", [OLD, NEW], clock=lambda: NOW)


def test_what_arrives_is_signed_with_both_keys_and_carries_the_key_of_the_alarm(server: Any) -> None:
    hook(server)("k1", b'{"room_id": "\xe6"}')

    path, headers, body = server.seen[0]
    assert (path, body, headers["Idempotency-Key"]) == ("/in?a=b", b'{"room_id": "\xe6"}', "k1")
    assert is_signed(headers[SIGNATURE], OLD, body, now=NOW)
    assert is_signed(headers[SIGNATURE], NEW, body, now=NOW)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 500])
def test_a_redirect_is_not_followed_and_like_a_refusal_no_delivery(server: Any, status: int) -> None:
    server.status = status

    with pytest.raises(UndeliveredError, match=f"127.0.0.1 answers {status}"):
        hook(server)("k1", b"{}")
    assert len(server.seen) == 1


def test_nobody_there_is_no_delivery() -> None:
    with pytest.raises(UndeliveredError, match="does not answer"):
        Webhook("http://127.0.0.1:9/secret-path", [OLD])("k1", b"{}")


def test_a_signature_is_refused_when_late_changed_or_of_another_key() -> None:
    header = signature([OLD], NOW, b"body")

    assert is_signed(header, OLD, b"body", now=NOW + 300)
    assert not is_signed(header, OLD, b"body", now=NOW + 301)
    assert not is_signed(header, OLD, b"body", now=NOW - 301)
    assert not is_signed(header, OLD, b"bodY", now=NOW)
    assert not is_signed(header, NEW, b"body", now=NOW)
    assert not is_signed(header.replace(f"t={NOW}", f"t={NOW + 1}"), OLD, b"body", now=NOW)
    assert not is_signed("t=x,v1=", OLD, b"body", now=NOW)
    assert not is_signed("", OLD, b"body", now=NOW)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "ftp://127.0.0.2/", "https://me:secret@example.com/", "https:///x"]
)
def test_other_places_are_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Webhook(url, [OLD])

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "127.0.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "ff02::1"],
)  # fmt: skip
def test_no_private_address_is_reached(address: str) -> None:
    assert not may_reach(address, is_here=False)


def test_public_addresses_are_reached_and_a_named_loopback_is_no_other_machine() -> None:
    assert may_reach("1.1.1.1", is_here=False)
    assert may_reach("127.0.0.1", is_here=True)
    assert not may_reach("1.1.1.1", is_here=True)


def test_a_public_name_with_a_private_address_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(UndeliveredError, match="not public"):
        Webhook("https://example.com/", [OLD])("k1", b"{}")


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "webhook.key"
    keys = keys_of(path)

    assert keys == keys_of(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(NEW + b"\n" + OLD + b"\n")
    assert keys_of(path) == [NEW, OLD]
    for wrong in (b"", b"short\n", b"\n".join([NEW, OLD, NEW])):
        path.write_bytes(wrong)
        with pytest.raises(ConfigError, match="wanted one or two"):
            keys_of(path)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read"):
        keys_of(path)
