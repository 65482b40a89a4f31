"""How a run is doing, for Prometheus: on loopback, and never with an id in a label."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from truecrowd.errors import ConfigError
from truecrowd.ingest.ledger import BINS
from truecrowd.stream.server import Server, bare

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from starlette.requests import Request
    from starlette.responses import Response

    from truecrowd.stream.live import Live

_PAUSE_S: Final = 1.0
"""Seconds between two looks at the run."""
_NAMES: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Figures:
    """A run at one moment; all counts since its state was made.

    Args:
        events: By outcome (`kept`, `merged`, `duplicate`, `skipped`, `rejected`), events.
        n_late: Events behind the closed ticks of their room.
        event_s: Time of the newest event, seconds since 1970: the median of the rooms that are live; None before the first.
        n_rooms: Rooms in memory.
        n_alarm_rooms: Those of them with an alarm.
        alarms: By scheme, alarms of rooms in memory.
        stored_s: Seconds since the last snapshot; None where none is made.
        waiting_bytes: Accepted and not looked at; None where the source does not know.
    """

    events: Mapping[str, int]
    n_late: int
    event_s: float | None
    n_rooms: int
    n_alarm_rooms: int
    alarms: Mapping[str, int]
    stored_s: float | None
    waiting_bytes: int | None


def figures_of(live: "Live") -> Figures:
    """Return how a run is doing; only the thread that runs it may ask."""
    ticks, ledger = live.runner.ticks, live.lines.ledger
    clocks = ticks.clocks
    newest = clocks["last"][ticks.active]
    waiting = getattr(live.source, "n_waiting", None)
    return Figures(
        events={name: ledger.total(name) for name in BINS}, n_late=int(clocks["n_late"].sum()),
        event_s=float(np.median(newest)) / 1e6 if len(newest) else None, n_rooms=int((clocks["n"] > 0).sum()),
        n_alarm_rooms=len({alarm.room for alarm in ticks.raised}),
        alarms=dict(Counter(alarm.scheme for alarm in ticks.raised)),
        stored_s=live.seconds_stored, waiting_bytes=waiting,
    )  # fmt: skip


class Metrics:
    """Serves the figures of a run at `/metrics`.

    Args:
        port: On 127.0.0.1; 0: any free one.
        now: Seconds since 1970.

    Raises:
        InputError: The port is taken.
        ConfigError: The extra `serve` is not installed.
    """

    def __init__(self, port: int, now: Callable[[], float] = time.time) -> None:
        try:
            from prometheus_client import CollectorRegistry
            from starlette.applications import Starlette
            from starlette.routing import Route
        except ImportError as error:
            fix = "pip install 'truecrowd[serve]'"
            raise ConfigError("a package for metrics is missing", where="--metrics", fix=fix) from error
        self._now = now
        self._figures: Figures | None = None
        self._next = 0.0
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        self._server = Server(Starlette(routes=[Route("/metrics", self._answer)]), "127.0.0.1", port)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def seen(self, live: "Live") -> None:
        """Look at the run, at most once a second."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _PAUSE_S
            self._figures = figures_of(live)

    def collect(self) -> Iterator["Metric"]:
        """Yield what Prometheus asks for."""
        figures = self._figures
        if figures is not None:
            yield from _families(figures, self._now())

    async def _answer(self, request: "Request") -> "Response":
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
        from starlette.responses import Response

        if bare(request.headers.get("host", "")) not in _NAMES:
            return Response("this Host is not served here\n", 421)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def close(self) -> None:
        """Listen no more."""
        self._server.close()


def _families(figures: Figures, now: float) -> Iterator["Metric"]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    events = CounterMetricFamily("truecrowd_events", "Events read, by what became of them.", labels=["outcome"])
    for outcome, n in figures.events.items():
        events.add_metric([outcome], n)
    yield events
    yield CounterMetricFamily("truecrowd_late_events", "Events that no alarm could use any more.", value=figures.n_late)
    rooms = GaugeMetricFamily(
        "truecrowd_rooms", "Rooms in memory; none: no alarm, which is no verdict.", labels=["level"]
    )
    rooms.add_metric(["alarm"], figures.n_alarm_rooms)
    rooms.add_metric(["none"], figures.n_rooms - figures.n_alarm_rooms)
    yield rooms
    alarms = CounterMetricFamily("truecrowd_alarms", "Alarms of rooms in memory, by kind of crowd.", labels=["scheme"])
    for scheme, n in sorted(figures.alarms.items()):
        alarms.add_metric([scheme], n)
    yield alarms
    for name, text, value in (
        ("event_lag_seconds", "Clock minus the newest event of the rooms that are live.", None if figures.event_s is None else now - figures.event_s),
        ("snapshot_age_seconds", "Since the last snapshot.", figures.stored_s),
        ("waiting_bytes", "Accepted over HTTP and not looked at yet.", figures.waiting_bytes),
    ):  # fmt: skip
        if value is not None:
            yield GaugeMetricFamily(f"truecrowd_{name}", text, value=value)
