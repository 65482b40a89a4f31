"""A reference of honest rooms made from the user's own recordings."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from truecrowd.engine.audit import declared_as_sampled
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.errors import InputError
from truecrowd.fleets import Config as FleetsConfig
from truecrowd.fleets import group
from truecrowd.ingest import Options
from truecrowd.ingest import read as ingested
from truecrowd.reference import Reference, build, edges_of, of_honest
from truecrowd.reference.guard import of_hosts
from truecrowd.verdict.alarms import cells as alarm_cells
from truecrowd.verdict.fusion import shipped
from truecrowd.verdict.judge import weigh
from truecrowd.verdict.levels import WATCH_NATS
from truecrowd.verdict.rooms import cells_of

LEAST: int = 10
"""Fewest rooms a reference is made of; p-values need 200 (detectors.md 5.2)."""


def reference_from(
    sources: Sequence[object], *, options: Options, settings: Settings, staff: frozenset[str] = frozenset(),
    made: dict[str, Any] | None = None,
) -> tuple[Reference, int]:  # fmt: skip
    """Return the reference of these rooms, and how many were left out: they looked dirty, or one host would weigh too much.

    Args:
        sources: What `ingest.read` takes.
        options: How to read.
        settings: Of the detectors.
        staff: Account ids of hosts' staff, moderators and platform accounts.
        made: What is written into it about its making.

    Raises:
        InputError: A source cannot be used, or holds too few rooms.
    """
    reading = ingested(sources, options)
    observed = observe_all(
        reading.batches(), settings, staff=staff, declared=lambda: declared_as_sampled(reading.imported())
    )
    facts, model = observed.facts, shipped()
    weighed = weigh(observed.seen, facts, group(facts, observed.seen, FleetsConfig()), model)
    nats = weighed.fused["any"].total
    keep = of_hosts(facts.parties["host_id"], nats, of_honest(nats, WATCH_NATS) & (weighed.size > 0))
    if keep.sum() < LEAST:
        what = f"{int(keep.sum())} rooms nothing was seen in, wanted {LEAST} or more"
        raise InputError(what, where="PATH", fix="give more recordings; 200 rooms and more allow p-values")
    columns = {f"nats/{scheme}": fused.total[keep] for scheme, fused in weighed.fused.items()}
    cells = {
        name: (k[keep], n[keep])
        for name, (k, n) in {**cells_of(observed.seen, facts.n_rooms), **alarm_cells(facts)}.items()
    }
    about = {**(made or {}), "model": model.name, "settings": settings.digest()}
    about |= {"detectors": {detector.name: detector.version for detector, *_ in observed.seen}}
    own = build(columns, weighed.size[keep], edges_of(cells), about, word="own", is_simulated=False)
    return own, int(np.sum(~keep))
