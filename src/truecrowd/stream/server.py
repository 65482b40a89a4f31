"""A small web server in a thread of its own: for events that are sent, and for metrics that are asked for."""

import ipaddress
import socket
import threading
from typing import TYPE_CHECKING, Final

from truecrowd.errors import ConfigError, InputError

if TYPE_CHECKING:
    from starlette.applications import Starlette

_AT_ONCE: Final = 64
"""Connections answered at once; uvicorn says 503 to more."""
_IDLE_S: Final = 5
"""Seconds an open connection may say nothing between two requests."""
_START_S: Final = 10.0
_NEEDED: Final = "pip install 'truecrowd[serve]'"


class Server:
    """Answers requests until it is closed.

    Args:
        app: What answers.
        host: Address.
        port: Port; 0: any free one.

    Raises:
        InputError: The address cannot be listened on.
        ConfigError: The extra `serve` is not installed.
    """

    def __init__(self, app: "Starlette", host: str, port: int) -> None:
        try:
            import uvicorn
        except ImportError as error:
            raise ConfigError("the package uvicorn is missing", where="SOURCE http://", fix=_NEEDED) from error
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False, date_header=False,
            proxy_headers=False, limit_concurrency=_AT_ONCE, timeout_keep_alive=_IDLE_S, timeout_graceful_shutdown=2,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="http", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Let the requests at hand end, then listen no more."""
        self._server.should_exit = True
        self._thread.join(_START_S)
        self._socket.close()


def is_loopback(host: str) -> bool:
    """Return whether an address is this machine's own; a name is only where it is `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bare(host: str) -> str:
    """Return the name in a Host header: lower case, without port and brackets."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0] if name.count(":") == 1 else name


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        what = f"port {port} cannot be listened on: {(error.strerror or 'unknown').lower()}"
        raise InputError(what, where=f"{host}:{port}", fix="choose another port, or stop what uses it") from error
