"""From what a person names to a run that is ready: which source, which state folder, which outputs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from truecrowd.engine.run import Runner
from truecrowd.engine.settings import Settings
from truecrowd.ingest.options import Options
from truecrowd.reference import Reference
from truecrowd.stream.events import Lines
from truecrowd.stream.http import Http
from truecrowd.stream.journal import Journal
from truecrowd.stream.kafka import Kafka, place_of
from truecrowd.stream.live import GATHER, Live
from truecrowd.stream.outlets import outlets_of
from truecrowd.stream.outputs import Log, Output
from truecrowd.stream.released import Released
from truecrowd.stream.sources import Source
from truecrowd.stream.standard import Standard
from truecrowd.stream.store import Store
from truecrowd.stream.tail import Tail

STDIN: Final = "-"


def source_of(
    name: str, state: Path | None, *, until_end: bool, options: Options | None = None, hosts: Sequence[str] = ()
) -> Source:
    """Return the source a person names.

    Args:
        name: "-" for standard input, `http://` to listen, `kafka://` for a topic, else the path of a file.
        state: State folder, where what cannot be read again is kept; None: it is not.
        until_end: Whether a file or a topic is over at its end.
        options: How to read, for a source that answers its senders.
        hosts: Names by which senders may call a listener.
    """
    if name.startswith("http://"):
        return Http(name, state, options or Options(), hosts)
    if name.startswith("kafka:"):
        return Kafka(place_of(name), until_end=until_end)
    if name == STDIN:
        return Standard(None if state is None else Journal(state))
    return Tail(Path(name), until_end=until_end)


def opened(
    name: str,
    options: Options,
    settings: Settings,
    staff: frozenset[str],
    reference: Reference,
    outputs: Sequence[Output],
    *,
    state: Path | None,
    until_end: bool = False,
    hosts: Sequence[str] = (),
    alarms_to: Sequence[str] = (),
) -> Live:
    """Return a run that has not begun.

    Args:
        name: See `source_of`.
        options: How to read.
        settings: Settings of the run.
        staff: Account ids of staff.
        reference: Honest rooms to hold these against.
        outputs: Where alarms go.
        state: State folder; None: nothing is kept, and a stop is the end.
        until_end: See `source_of`.
        hosts: See `source_of`.
        alarms_to: Addresses of further outputs, as `outlets.outlets_of` takes them.

    Raises:
        InputError: The state folder cannot be used.
    """
    made_with = {"settings": settings.digest(), "reference": reference.name}
    store = None if state is None else Store(state, made_with)
    runner = Runner(settings, staff, edges=reference.edges, names=None if store is None else store.names, gather=GATHER)
    source = source_of(name, state, until_end=until_end, options=options, hosts=hosts)
    log = None if state is None else Log(state / "alarms.ndjson")
    told = [*outputs, *outlets_of(alarms_to, state)]
    return Live(source, Lines(source.name, options), runner, settings, reference, told, store, log, Released(state))
