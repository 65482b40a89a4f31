"""Events by HTTP POST: NDJSON in, an answer when it is on the disk; only for who knows the token."""

import asyncio
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from truecrowd.errors import ConfigError, InputError, TruecrowdError
from truecrowd.ingest.options import Options
from truecrowd.stream.feedback import Feedback
from truecrowd.stream.sent import MOST_BODY, FullError, OtherBatchError, Sent
from truecrowd.stream.server import Server, bare, is_loopback
from truecrowd.stream.sources import Batch, Position

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_BODY_S: Final = 30.0
"""Seconds a sender has for a batch."""
_AGAIN_S: Final = 1
"""Seconds after which a sender is asked to come again."""
_KEY: Final = 200
"""Longest key of a batch, characters."""
_NAMED: Final = 100
"""Rejected decisions that an answer names."""
_SELF: Final = ("localhost", "127.0.0.1", "::1")


class _RefusedError(Exception):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class Http:
    """A listener.

    Args:
        url: `http://ADDRESS:PORT/PATH`.
        state: Folder for the token and for what was accepted; needed.
        options: How batches will be read.
        hosts: Names by which senders may call it, besides those of this machine.

    Raises:
        ConfigError: The URL is not one to listen on, or there is no state folder.
    """

    name = "http"

    def __init__(self, url: str, state: Path | None, options: Options, hosts: Sequence[str] = ()) -> None:
        self._host, self._port, self._path = _place(url)
        if state is None:
            fix = "add --state DIR: what was accepted is kept there"
            raise ConfigError("a listener without a state folder would lose what it accepted", where="SOURCE", fix=fix)
        if not is_loopback(self._host) and not hosts:
            what = f"{self._host} can be reached from other machines"
            fix = "listen on 127.0.0.1 behind your own TLS, or name who may call: --allow-host NAME"
            raise ConfigError(what, where="SOURCE", fix=fix)
        self._hosts = frozenset([*_SELF, *(bare(host) for host in hosts)])
        self._state = state
        self._sent = Sent(state, options)
        self.feedback = Feedback(state)
        self._token = b""
        self._server: Server | None = None
        self._notes: list[str] = []

    def open(self, position: Position | None) -> None:
        """Take up what was accepted before, then listen."""
        self._sent.open(position)
        self._token = token_of(self._state / "token")
        self._server = Server(self._app(), self._host, self._port)
        self._notes.append(f"listening on port {self._server.port}, token in {self._state.name}/token")

    @property
    def port(self) -> int:
        """Where it listens; 0 before `open`."""
        return 0 if self._server is None else self._server.port

    @property
    def n_waiting(self) -> int:
        """Bytes accepted that nobody looked at yet."""
        return self._sent.n_waiting

    def _app(self) -> "Starlette":
        from starlette.applications import Starlette
        from starlette.routing import Route

        return Starlette(
            routes=[
                Route(self._path, self._events, methods=["POST"]),
                Route(self._path, self._waiting, methods=["GET"]),
                Route("/feedback", self._decisions, methods=["POST"]),
            ]
        )

    async def _waiting(self, request: "Request") -> "Response":
        """Answer how much waits to be looked at."""
        try:
            self._bar(request)
        except _RefusedError as refused:
            return _said(refused.status, str(refused))
        return _json(200, {"waiting_bytes": self._sent.n_waiting})

    async def _events(self, request: "Request") -> "Response":
        """Answer one batch of events."""
        return await self._answered(request, self._take_events)

    async def _decisions(self, request: "Request") -> "Response":
        """Answer some decisions of people."""
        return await self._answered(request, self._take_decisions)

    def _take_events(self, text: bytes, key: str | None) -> dict[str, Any]:
        return self._sent.accept(text, key).tree()

    def _take_decisions(self, text: bytes, _key: str | None) -> dict[str, Any]:
        n_kept, bad = self.feedback.take(text)
        rejected = [{"line": line, "reason": reason} for line, reason in bad[:_NAMED]]
        return {"accepted": n_kept, "rejected": rejected, "n_rejected": len(bad)}

    async def _answered(self, request: "Request", take: Callable[[bytes, str | None], dict[str, Any]]) -> "Response":
        """Answer one batch: whoever may send it, and however it ends."""
        try:
            self._bar(request)
            key = _key(request)
            release = self._sent.promise(_declared(request))
            try:
                text = await _body(request)
                tree = await asyncio.to_thread(take, text, key)
            finally:
                release()
        except FullError:
            return _said(429, "too much waits to be looked at; send it again later", again=True)
        except OtherBatchError:
            return _said(422, "this Idempotency-Key came before with another batch; give each batch its own")
        except OSError as error:
            return _said(
                503,
                f"not safe on the disk: {(error.strerror or 'unknown').lower()}; send it again with the same Idempotency-Key",
                again=True,
            )
        except TruecrowdError as error:
            return _said(400, f"{error.what}; {error.fix}")
        except _RefusedError as refused:
            return _said(refused.status, str(refused))
        return _json(200, tree)

    def _bar(self, request: "Request") -> None:
        """Refuse who calls us by a name that is not ours (a web page could), and who does not know the token."""
        if bare(request.headers.get("host", "")) not in self._hosts:
            raise _RefusedError(421, "this Host is not served here; start watch with --allow-host NAME")
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if not hmac.compare_digest(given.strip().encode(), self._token) or kind.lower() != "bearer":
            raise _RefusedError(
                401, "send 'Authorization: Bearer TOKEN'; the token is in the state folder, in the file 'token'"
            )

    def read(self, wait_s: float) -> Batch | None:
        """Return what was accepted."""
        return self._sent.read(wait_s)

    @property
    def is_over(self) -> bool:
        """Whether nothing will come any more: never."""
        return False

    def stored(self, position: Position) -> None:
        """Forget what the snapshot holds."""
        self._sent.stored(position)

    def notes(self) -> list[str]:
        """Return what happened."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Listen no more; what was accepted and not looked at is looked at by the next start."""
        if self._server is not None:
            self._server.close()
        self._sent.close()


def token_of(path: Path) -> bytes:
    """Return the token in a file, which is made where there is none; only its owner may read it.

    Raises:
        InputError: Others may read it, or it cannot be read.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_token(path)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    return _read_token(path)


def _read_token(path: Path) -> bytes:
    fix = f"run 'chmod 600 {path.name}', or remove it: a new one is made"
    if path.stat().st_mode & 0o077:
        raise InputError("others may read the token", where=path.name, fix=fix)
    token = path.read_bytes()[:1024].strip()
    if len(token) < 16:
        raise InputError("the token is shorter than 16 characters", where=path.name, fix="remove it: a new one is made")
    return token


def _place(url: str) -> tuple[str, int, str]:
    fix = "write http://127.0.0.1:8710/events"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError("the address cannot be read", where="SOURCE", fix=fix) from error
    if not host or port is None or parts.query or parts.fragment or parts.username is not None:
        raise ConfigError(
            "an address to listen on has a host, a port and a path, and nothing else", where="SOURCE", fix=fix
        )
    return host, port, parts.path.rstrip("/") or "/events"


def _key(request: "Request") -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _KEY and key.isprintable()):
        raise _RefusedError(400, f"Idempotency-Key is empty or longer than {_KEY} characters")
    return key


def _declared(request: "Request") -> int:
    """Return how long the body says it is; where it does not say, the longest there may be."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _RefusedError(415, "send the lines as they are, without Content-Encoding")
    length = request.headers.get("content-length")
    if length is None:
        return MOST_BODY
    if not length.isdecimal() or int(length[:20]) > MOST_BODY:
        raise _RefusedError(413, f"a batch holds at most {MOST_BODY:,} bytes; send it in parts")
    return int(length)


async def _body(request: "Request") -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_BODY_S):
            async for part in request.stream():
                size += len(part)
                if size > MOST_BODY:
                    raise _RefusedError(413, f"a batch holds at most {MOST_BODY:,} bytes; send it in parts")
                parts.append(part)
    except TimeoutError as error:
        raise _RefusedError(408, f"the batch did not come within {_BODY_S:.0f} seconds") from error
    return b"".join(parts)


def _said(status: int, what: str, *, again: bool = False) -> "Response":
    response = _json(status, {"error": what})
    if again:
        response.headers["Retry-After"] = str(_AGAIN_S)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _json(status: int, tree: dict[str, Any]) -> "Response":
    from starlette.responses import JSONResponse

    return JSONResponse(tree, status)
