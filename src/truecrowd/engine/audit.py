"""One audit: sources in, every table of the contract out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from truecrowd.brand.claim import Claim, claim
from truecrowd.brand.deal import Deal
from truecrowd.brand.look import Brand, look
from truecrowd.brand.promises import promises_table
from truecrowd.brand.raising import raised, told_of_sales
from truecrowd.brand.sessions import times_of
from truecrowd.engine.order_rows import order_rows
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.engine.terms import under
from truecrowd.engine.visits import visits_of
from truecrowd.fleets import Config as FleetsConfig
from truecrowd.fleets import Fleets, finding_rows, findings_of, group
from truecrowd.ingest import Imported, Options, read
from truecrowd.reference import Reference
from truecrowd.reference import shipped as shipped_reference
from truecrowd.schema import FINDINGS, TABLES, check, ordered
from truecrowd.verdict.fusion import Model
from truecrowd.verdict.fusion import shipped as shipped_model
from truecrowd.verdict.judge import Judged, judge


@dataclass(frozen=True, slots=True)
class Check:
    """One detector as the report names it."""

    name: str
    version: int
    family: str
    scheme: str
    subject: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What a result says of itself beside its tables.

    Args:
        settings: SHA-256 (hex) of the settings.
        checks: The detectors that were run, by name.
        notes: Lines of the import report, each with its file's name first.
        is_partial: Something that exists was not judged: a cut file, or too many unreadable rows.
        n_events: Rows of EVENTS judged.
        n_late: Rows that came further behind the newest one than the lateness; used all the same.
        n_staff: Accounts of the staff file that were seen.
        reference_id: Of the honest rooms that every room was held against.
        is_simulated: Those honest rooms are simulated ones: nothing probabilistic goes above `high`.
        model: Name of the trained fusion.
    """

    settings: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    is_partial: bool
    n_events: int
    n_late: int
    n_staff: int
    reference_id: str | None
    is_simulated: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What an audit gives.

    Args:
        tables: Every table of the contract by name, sorted by its key, empty ones too.
        summary: See `Summary`.
        visits: `visits.VISITS`, what the pictures of fleets are drawn from; not a table of the contract, not written.
        claim: What the terms of the deal come to; None without a deal.
        brand: What was looked at in the orders; None where a result was not made by `audit`.
        orders: `order_rows.ORDER_ROWS`, what people's files are written from; not a table of the contract.
    """

    tables: Mapping[str, pa.Table]
    summary: Summary
    visits: pa.Table | None = None
    claim: Claim | None = None
    brand: Brand | None = None
    orders: pa.Table | None = None


def audit(
    sources: Sequence[object],
    *,
    options: Options,
    settings: Settings,
    staff: frozenset[str] = frozenset(),
    reference: Reference | None = None,
    deal: Deal | None = None,
) -> Result:
    """Read, look, judge.

    Args:
        sources: What `ingest.read` takes.
        options: How to read.
        settings: Settings of the run.
        staff: Account ids of hosts' staff, moderators and platform accounts.
        reference: Honest rooms to hold these against; None: the shipped ones, which are simulated.
        deal: The contract file; None: no claim is computed.

    Raises:
        InputError: A source cannot be used as it is; nothing has been written.
    """
    settings = under(deal, settings)
    reference = reference or shipped_reference()
    if deal is not None and not options.broadcasts:
        options = replace(options, broadcasts=times_of(deal.broadcast))
    reading = read(sources, options)
    observed = observe_all(
        reading.batches(), settings, staff=staff, edges=reference.edges,
        declared=lambda: declared_as_sampled(reading.imported()),
    )  # fmt: skip
    return conclude(observed, reading.imported(), settings=settings, reference=reference, deal=deal)


def conclude(
    observed: Observed, imported: Imported, *, settings: Settings, reference: Reference, deal: Deal | None = None
) -> Result:
    """Judge what was observed, and return every table; `audit` and `watch` end here.

    Args:
        observed: What the detectors saw.
        imported: The account of what was read.
        settings: Settings of the run.
        reference: Honest rooms to hold these against.
        deal: The contract whose money is computed.
    """
    model = shipped_model()
    facts, fleets = observed.facts, group(observed.facts, observed.seen, FleetsConfig())
    judged = judge(
        observed.seen, observed.scores, observed.findings, facts, fleets, model=model, reference=reference,
        raised=observed.alarms,
    )  # fmt: skip
    told = told_of_sales(judged.shares, observed.findings)
    brand = look(facts, deal, seed=settings.seed, shares=_of_sales(told))
    verdicts, shares = raised(judged.verdicts, told, observed.coverage, observed.findings, brand)
    tables = {name: table.empty() for name, table in TABLES.items()}
    tables |= (
        _observed_tables(observed) | _fleet_tables(observed, fleets) | _judged_tables(judged) | _import_tables(imported)
    )
    tables |= {"verdicts": verdicts, "shares": shares, "kpis": brand.kpis, "answers": brand.answers}
    claimed = None if deal is None else _claim(deal, observed, brand, shares)
    tables |= {} if claimed is None else {"money": claimed.money}
    for name, rows in tables.items():
        check(rows, TABLES[name])
    summary, rows = _summary(observed, imported, settings, reference, model), order_rows(brand, observed.facts)
    return Result(tables, summary, visits_of(observed.facts, tables["fleets"]), claimed, brand, rows)


def _claim(deal: Deal, observed: Observed, brand: Brand, shares: pa.Table) -> Claim:
    here = brand.in_scope
    return claim(brand.orders.take(here), deal, observed.facts, shares, lost_yet=brand.lost_yet[here])


def _of_sales(shares: pa.Table) -> dict[str, dict[str, float | None]]:
    """Return by room the estimated manufactured share of its sales."""
    names = ("share", "share_low", "share_high", "at_least")
    rows = [row for row in shares.to_pylist() if row["measure"] == "gmv"]
    return {row["room_id"]: {name: row[name] for name in names} for row in rows}


def declared_as_sampled(imported: Imported) -> frozenset[tuple[str, str]]:
    """Return the (room_id, event_type) pairs of which an importer says that the source delivers only a part."""
    counts = imported.import_counts.select(["room_id", "event_type", "is_sampled"]).to_pylist()
    return frozenset((row["room_id"], row["event_type"]) for row in counts if row["is_sampled"])


def _observed_tables(observed: Observed) -> dict[str, pa.Table]:
    said = [each for *_, seen in observed.seen for each in seen.promises]
    promises = promises_table(said, observed.facts, observed.ids.of)
    return {
        "coverage": observed.coverage, "scores": observed.scores, "findings": observed.findings, "promises": promises,
    }  # fmt: skip


def _fleet_tables(observed: Observed, fleets: Fleets) -> dict[str, pa.Table]:
    said = findings_of(fleets, observed.facts, observed.seen)
    rows = finding_rows(fleets, said, observed.facts, observed.ids.of)
    return {"fleets": fleets.fleets, "findings": ordered(pa.concat_tables([observed.findings, rows]), FINDINGS)}


def _judged_tables(judged: Judged) -> dict[str, pa.Table]:
    return {"verdicts": judged.verdicts, "shares": judged.shares, "timeline": judged.timeline, "alarms": judged.alarms}


def _import_tables(imported: Imported) -> dict[str, pa.Table]:
    return {"imports": imported.imports, "import_counts": imported.import_counts, "rejects": imported.rejects}


def _summary(observed: Observed, imported: Imported, settings: Settings, reference: Reference, model: Model) -> Summary:
    return Summary(
        settings=settings.digest(),
        checks=tuple(Check(d.name, d.version, d.family, d.scheme, d.subject, d.is_exact) for d, *_ in observed.seen),
        notes=imported.notes,
        is_partial=imported.is_partial,
        n_events=int(observed.facts.n.sum()),
        n_late=observed.n_late,
        n_staff=len(observed.facts.staff),
        reference_id=reference.name,
        is_simulated=reference.is_simulated,
        model=model.name,
    )
