"""`truecrowd watch`: a source that does not end, alarms while the crowd is arriving, tables at the end."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from truecrowd.surfaces.cli.audit import settings_of, staff_of
from truecrowd.surfaces.cli.options import common, lang_given, looks_of
from truecrowd.surfaces.terminal import Looks, note, put, width_of

if TYPE_CHECKING:
    from truecrowd.engine.audit import Result
    from truecrowd.stream.live import Live, Status
    from truecrowd.stream.outputs import Raised

_LIVE_S: Final = 1.0
"""Seconds between two status lines on a terminal, where one line is drawn over the other."""
_LOGGED_S: Final = 60.0
"""Elsewhere."""


@click.command(short_help="Watch a stream, raise alarms as the crowd arrives.")
@click.argument("source", metavar="SOURCE")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Folder for report and tables, written at the end; an earlier audit in it is replaced.",
)  # fmt: skip
@click.option(
    "--state", type=click.Path(path_type=Path), metavar="DIR", help="Folder for snapshots; a new start goes on from there."
)  # fmt: skip
@click.option("--until-end", is_flag=True, help="Stop at the end of a file or topic instead of waiting for more.")
@click.option(
    "--allow-host", "allow_host", multiple=True, metavar="NAME",
    help="Name by which senders may call a listener; needed to listen on more than loopback.",
)  # fmt: skip
@click.option(
    "--metrics", type=click.IntRange(1, 65_535), metavar="PORT", help="Serve metrics for Prometheus on 127.0.0.1."
)
@click.option(
    "--feedback", type=click.Path(path_type=Path), metavar="FILE",
    help="What people decided, as NDJSON; kept in --state for review, never learned from.",
)  # fmt: skip
@click.option(
    "--alarms-to", "alarms_to", multiple=True, metavar="URL",
    help="Send alarms, signed, to https://HOST/PATH, or into kafka://HOST/TOPIC; they wait in --state until taken.",
)  # fmt: skip
@click.option("--room", metavar="ID", help="Name of the room where the input has none; else the only room to read.")
@click.option("--tz", metavar="ZONE", help="Zone of times that name none, and of the report: Asia/Shanghai, +08:00.")
@click.option("--staff", type=click.Path(path_type=Path), metavar="FILE", help="Accounts of staff, one id a line.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings, as TOML.")
@click.option("--reference", type=click.Path(path_type=Path), metavar="FILE", help="Honest rooms to compare with.")
@common
@click.pass_context
def watch(
    ctx: click.Context,
    source: str,
    out: Path | None,
    state: Path | None,
    until_end: bool,  # noqa: FBT001  given by name
    allow_host: tuple[str, ...],
    metrics: int | None,
    feedback: Path | None,
    alarms_to: tuple[str, ...],
    room: str | None,
    tz: str | None,
    staff: Path | None,
    config: Path | None,
    reference: Path | None,
) -> int:
    """Watch lines of NDJSON (EVENTS, one a line) and print one line of JSON for each alarm.

    SOURCE is - for standard input, a file that grows (it may be rotated or truncated), kafka://HOST:PORT/TOPIC, or
    http://127.0.0.1:PORT/events to listen for POSTed lines; the token for senders is in the file token of --state.
    At the end, or on Ctrl-C, DIR gets the same tables that `truecrowd audit` of the same events writes.

    Exit codes: 0 done, 2 a bad option or input, 3 done but incomplete.
    """
    from truecrowd.ingest import Options
    from truecrowd.reference import shipped
    from truecrowd.stream.opening import opened
    from truecrowd.surfaces.audit import Audit, shown_zone
    from truecrowd.surfaces.cli.reference import read_reference
    from truecrowd.surfaces.cli.stages import written

    _refuse(tz, out)
    looks = looks_of(ctx)
    settings, names = settings_of(config), staff_of(staff)
    against = shipped() if reference is None else read_reference(reference)
    told = Told(looks)
    live = opened(
        source, Options(room=room, tz=tz), settings, names, against, [told],
        state=state, until_end=until_end, hosts=allow_host, alarms_to=alarms_to,
    )  # fmt: skip
    also = [*_staff(staff, names), *_feedback(feedback, state, live)]
    done = Audit(_watched(live, told, metrics, also), tz=shown_zone(tz), lang=lang_given(ctx))
    if out is not None:
        written(done, out, looks)
    return 3 if done.is_partial else 0


def _refuse(tz: str | None, out: Path | None) -> None:
    """Refuse a zone that is none, and a folder that cannot be written to, before anything is read."""
    from truecrowd.ingest.times import zone
    from truecrowd.surfaces import output

    if tz is not None:
        zone(tz)
    if out is not None:
        output.refuse(out)


def _watched(live: "Live", told: "Told", port: int | None, looks: Sequence[Callable[["Live"], None]]) -> "Result":
    """Watch until the source is over or a person says stop, and return every table; `port`: of the metrics, `looks`: also called."""
    with _stopping(live), live.runner, _metrics(port) as seen:

        def watch(live: "Live") -> None:
            told.watch(live)
            seen(live)
            for look in looks:
                look(live)

        try:
            live.run(watch)
            watch(live)
            if live.source.is_over:
                live.end()
            return live.result()
        finally:
            live.close()


def _feedback(path: Path | None, state: Path | None, live: "Live") -> list[Callable[["Live"], None]]:
    """Return what follows a file of decisions; a listener keeps decisions too, in the same place."""
    if path is None:
        return []
    from truecrowd.stream.feedback import followed

    file = followed(path, state, getattr(live.source, "feedback", None))
    return [lambda live: live.notes.extend(file.look())]


def _staff(path: Path | None, names: frozenset[str]) -> list[Callable[["Live"], None]]:
    """Return what follows a staff file."""
    if path is None:
        return []
    from truecrowd.stream.staff import StaffFile

    return [StaffFile(path, staff_of, names).look]


@contextmanager
def _metrics(port: int | None) -> Iterator[Callable[["Live"], None]]:
    """Serve metrics for as long as the run goes on; what is given has to be called with the run now and then."""
    if port is None:
        yield lambda _: None
        return
    from truecrowd.stream.metrics import Metrics

    served = Metrics(port)
    try:
        yield served.seen
    finally:
        served.close()


class Told:
    """What a person sees: alarms on stdout, how it goes on stderr."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._next = 0.0
        self._n_notes = 0
        self._width = 0

    def tell(self, alarms: "Sequence[Raised]") -> None:
        """Print each alarm as one line of JSON."""
        self._clear()
        for alarm in alarms:
            put(alarm.line())

    def watch(self, live: "Live") -> None:
        """Print what is new: remarks at once, the status now and then."""
        for text in live.notes[self._n_notes :]:
            self._clear()
            note(_say_note(text, self._looks))
        self._n_notes = len(live.notes)
        if monotonic() < self._next:
            return
        self._next = monotonic() + (_LIVE_S if self._looks.is_live else _LOGGED_S)
        line = status_line(live.status(), self._looks)
        if not self._looks.is_live:
            note(line)
            return
        while width_of(line) >= self._looks.width:
            line = line[:-1]
        sys.stderr.write("\r" + line + " " * max(self._width - width_of(line), 0))
        sys.stderr.flush()
        self._width = width_of(line)

    def close(self) -> None:
        """End the line that is drawn over."""
        self._clear()

    def _clear(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            self._width = 0


def _say_note(text: str, looks: Looks) -> str:
    from truecrowd.surfaces.report.phrases import Data, _, say

    return say(_("note: {text}", text=Data(text)), looks.lang)


def status_line(status: "Status", looks: Looks) -> str:
    """Return how a run is doing, in one line."""
    from truecrowd.surfaces.report.phrases import Data, _, say

    at = "–"
    if status.newest_us is not None:
        at = datetime.fromtimestamp(status.newest_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S") + " UTC"
    return say(
        _(
            "{n} rows, {rate} a second; rooms {rooms}, newest {at}; late {late}, repeated {repeated}, rejected {rejected}; alarms {alarms}",
            n=status.n_rows, rate=round(status.rate), rooms=status.n_rooms, at=Data(at), late=status.n_late,
            repeated=status.n_duplicate, rejected=status.n_rejected, alarms=status.n_alarms,
        ),
        looks.lang,
    )  # fmt: skip


@contextmanager
def _stopping(live: "Live") -> Iterator[None]:
    """End in good order on Ctrl-C and on a polite kill; the second Ctrl-C does not wait."""

    def stop(_signal: int, _frame: object) -> None:
        if live.is_stopped:
            raise KeyboardInterrupt
        live.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
