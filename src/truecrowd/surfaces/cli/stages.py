"""The stages of an audit as a terminal sees them: one line each on stderr, a moving bar while it waits."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from truecrowd.engine.audit import Result
from truecrowd.engine.audit import audit as run_audit
from truecrowd.errors import InputError
from truecrowd.surfaces import output
from truecrowd.surfaces.audit import Audit, shown_zone
from truecrowd.surfaces.report.phrases import Data, Lang, Phrase, _, say, visible
from truecrowd.surfaces.report.times import zone
from truecrowd.surfaces.terminal import Looks, busy, note, padded

if TYPE_CHECKING:
    from truecrowd.brand.deal import Deal
    from truecrowd.engine.settings import Settings
    from truecrowd.ingest import Options
    from truecrowd.reference import Reference
    from truecrowd.surfaces.pdf import Printer
    from truecrowd.surfaces.report import Ids

MOST_PROPOSED: Final = 3
"""Rooms of which hours are proposed; the others are in `Result.brand`."""
MOST_ASTRAY: Final = 8
"""Products of a contract told of that no row names."""
_NAMES: Final = 8
"""Columns for the name of a stage."""


def looked(
    sources: Sequence[object],
    options: "Options",
    settings: "Settings",
    staff: frozenset[str],
    reference: "Reference | None",
    looks: Looks,
    *,
    deal: "Deal | None" = None,
    lang: Lang | None = None,
    ids: "Ids" = "pseudonyms",
) -> Audit:
    """Read and look, telling on stderr what was read and how many checks could look.

    Raises:
        InputError: A source cannot be used as it is.
    """
    begun = monotonic()
    tz = shown_zone(options.tz)
    with busy(looks, say(_("reading and looking"), looks.lang)):
        result = run_audit(sources, options=options, settings=settings, staff=staff, reference=reference, deal=deal)
    if options.room is not None and not result.summary.n_events:
        what = f"no row of room '{visible(options.room)}' was found"
        raise InputError(what, where="--room", fix="leave --room out to see which rooms there are")
    done = Audit(result, tz=tz, lang=lang, ids=ids)
    head = done.document["headline"]
    _stage(_("read"), _read(done), looks)
    counts = {"looked": head["n_looked"], "all": head["n_checks"]}
    checks = _("{looked} of {all} checks could look", **counts)
    if head["n_rooms"] > 1:
        checks = _("{looked} of {all} checks could look, over {rooms} rooms", **counts, rooms=head["n_rooms"])
    _stage(_("looked"), checks, looks, monotonic() - begun)
    for remark in done.summary.notes:
        note(say(_("note: {text}", text=Data(remark)), looks.lang))
    _propose(done, looks)
    for line in astray(done.result):
        note(say(_("note: {text}", text=line), looks.lang))
    return done


def astray(result: Result) -> list[Phrase]:
    """Return what of the contract meets nothing in the data: a product nobody names, broadcasts without an order."""
    claim, brand = result.claim, result.brand
    if claim is None or brand is None:
        return []
    lines = [
        _("no row names the product {product} of the contract", product=Data(one))
        for one in claim.unseen_products[:MOST_ASTRAY]
    ]
    if claim.deal.broadcast and len(brand.orders) and not brand.in_scope.any():
        text = _(
            "no order was placed in the broadcasts of the contract, {n} outside them: are day and zone right?",
            n=len(brand.orders),
        )
        lines.append(text)
    return lines


def _propose(done: Audit, looks: Looks) -> None:
    """Tell in which hours orders stand thick, where no window and no recording says when the broadcast was."""
    brand = done.result.brand
    for room, spans in list(brand.proposed.items() if brand else ())[:MOST_PROPOSED]:
        where = zone(done.tz)
        start, end = (datetime.fromtimestamp(us / 1e6, where).isoformat() for us in (spans[0].start, spans[0].end))
        line = _(
            "note: when '{room}' was on air is not known; {n} of its orders stand between {start} and {end}; if that was the broadcast, say so in the contract file (broadcast)",
            room=Data(visible(room)), n=spans[0].n, start=Data(start), end=Data(end),
        )  # fmt: skip
        note(say(line, looks.lang))


def written(done: Audit, out: Path, looks: Looks, printer: "Printer | None" = None) -> None:
    """Write an audit's folder.

    Args:
        done: What to write.
        out: The folder.
        looks: How to tell of it, and the language of a PDF.
        printer: What prints report.pdf; None: there is none.

    Raises:
        InputError: It cannot be written.
        ConfigError: The PDF did not print.
    """
    begun = monotonic()
    with busy(looks, say(_("writing"), looks.lang)):
        files = done.files()
        if printer is not None:
            files[output.PDF] = done.pdf(looks.lang, printer)
        output.write(out, files)
    _stage(_("wrote"), _("{n} files in {folder}", n=len(files), folder=str(out)), looks, monotonic() - begun)


def _read(done: Audit) -> Phrase:
    bins = done.document["bins"]
    return _("{n} events, {rejected} rows rejected", n=done.summary.n_events, rejected=bins["n_rejected"])


def _stage(name: Phrase, what: Phrase, looks: Looks, seconds: float | None = None) -> None:
    took = "" if seconds is None else f"  {seconds:.1f} s"
    note(f"{padded(say(name, looks.lang), _NAMES)}{say(what, looks.lang)}{took}")
