"""Alarms by signed HTTP POST, to one receiver: over TLS to a public address, or in the clear on this machine."""

import hashlib
import hmac
import http.client
import ipaddress
import os
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from truecrowd.errors import ConfigError
from truecrowd.stream.outbox import UndeliveredError

SIGNATURE: Final = "Truecrowd-Signature"
TOLERANCE_S: Final = 300
"""Seconds by which a receiver's clock and ours may differ (decisions.md 7)."""
_ANSWER_S: Final = 10.0
_KEYS: Final = 2
"""Most keys at a time: the old and the new one while they are changed."""
_KEY_BYTES: Final = 32
_LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))


def signature(keys: Sequence[bytes], at: int, body: bytes) -> str:
    """Return the header that signs a body: `t=<seconds since 1970>,v1=<hex>`, one v1 for each key.

    Args:
        keys: One, or two while they are changed.
        at: Seconds since 1970.
        body: What is sent.
    """
    signed = [hmac.new(key, b"%d." % at + body, hashlib.sha256).hexdigest() for key in keys]
    return ",".join([f"t={at}", *(f"v1={one}" for one in signed)])


def is_signed(header: str, key: bytes, body: bytes, *, now: int) -> bool:
    """Return whether a header signs a body with this key, not longer ago than the tolerance: what a receiver asks."""
    parts = [part.partition("=")[::2] for part in header.split(",")]
    at = next((value for name, value in parts if name == "t"), "")
    if not (at.isascii() and at.isdigit() and len(at) < 16) or abs(now - int(at)) > TOLERANCE_S:
        return False
    wanted = signature([key], int(at), body).partition("v1=")[2].encode()
    return any(hmac.compare_digest(wanted, value.encode()) for name, value in parts if name == "v1")


def keys_of(path: Path) -> list[bytes]:
    """Return the keys in a file, one a line in text; made with one key if it is not there.

    Raises:
        ConfigError: Others may read it, or it holds no key, a short one, or too many.
    """
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
    if path.stat().st_mode & 0o077:
        raise ConfigError("others may read the key of the webhook", where=path.name, fix=f"chmod 600 {path.name}")
    keys = path.read_bytes()[:4_096].split()
    if not 1 <= len(keys) <= _KEYS or min(map(len, keys)) < _KEY_BYTES:
        what = f"the file holds {len(keys)} keys, wanted one or two of at least {_KEY_BYTES} characters"
        raise ConfigError(what, where=path.name, fix="remove it, and a new key is made at the next start")
    return keys


class Webhook:
    """A receiver; its object is the `send` of an outbox.

    Args:
        url: `https://HOST/PATH`, or `http://` to this machine. No other host is ever asked: redirects are failures.
        keys: Sign what is sent.
        clock: Seconds since 1970.

    Raises:
        ConfigError: It is neither, or holds a name and password.
    """

    def __init__(self, url: str, keys: Sequence[bytes], *, clock: Callable[[], float] = time.time) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._is_here = self._host in _LOOPBACK
        if not self._host or parts.username is not None or not (parts.scheme == "https" or self._is_here):
            what = "alarms go to https:// addresses, or to http:// on this machine, without a name or password in them"
            raise ConfigError(what, where="--alarms-to", fix="put TLS in front of the receiver")
        self._is_tls = parts.scheme == "https"
        try:
            self._port = parts.port or (443 if self._is_tls else 80)
        except ValueError as error:
            raise ConfigError("the port is no number", where="--alarms-to", fix="write HOST:PORT") from error
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._keys = list(keys)
        self._clock = clock

    def __call__(self, key: str, body: bytes) -> None:
        """Send one body.

        Raises:
            UndeliveredError: It was not answered with 2xx.
        """
        headers = {
            "Content-Type": "application/json", "Idempotency-Key": key,
            SIGNATURE: signature(self._keys, int(self._clock()), body),
        }  # fmt: skip
        try:
            connection = self._connected()
            try:
                connection.request("POST", self._target, body, headers)
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise UndeliveredError(f"{self._host} does not answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise UndeliveredError(f"{self._host} answers {status}")

    def _connected(self) -> http.client.HTTPConnection:
        """Connect to an address that was looked at: a name that changes its mind later leads nowhere else."""
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not all(may_reach(address, is_here=self._is_here) for address in addresses):
            raise UndeliveredError(f"{self._host} has an address that is not public")
        link = socket.create_connection((addresses[0], self._port), timeout=_ANSWER_S)
        if self._is_tls:
            try:
                link = ssl.create_default_context().wrap_socket(link, server_hostname=self._host)
            except OSError:
                link.close()
                raise
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_ANSWER_S)
        connection.sock = link
        return connection


def may_reach(address: str, *, is_here: bool) -> bool:
    """Return whether alarms may go to an address: this machine where that was named, else public ones only."""
    one = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(one, "ipv4_mapped", None) or one
    return mapped.is_loopback if is_here else mapped.is_global and not mapped.is_multicast
