"""Which format a file has: every importer makes its claim, and the best one must stand clear of the next."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from truecrowd.errors import ConfigError, InputError
from truecrowd.ingest import canonical
from truecrowd.ingest.importer import Importer, Match, Sample
from truecrowd.ingest.registry import installed

_LEAST: Final = 0.80
"""Least confidence that is accepted (a guess, ingest.md section 1)."""
_AHEAD: Final = 0.10
"""Least distance to the runner-up (a guess)."""
_NEAREST: Final = 3


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file was recognised as.

    Args:
        source: Base name of the file.
        format: Importer's name, or "canonical".
        confidence: 0 to 1; 1.0 where `--format` decided.
        reason: What was recognised.
        encoding: Of text; "" for Parquet and Arrow.
        packing: "gzip", "zstd" or "".
        dialect: As the importer calls it; for canonical files parquet, arrow, ndjson or csv.
    """

    source: str
    format: str
    confidence: float
    reason: str
    encoding: str
    packing: str
    dialect: str


def by_name(name: str) -> Importer | None:
    """Return an importer; None for "canonical".

    Raises:
        ConfigError: No format is called so.
    """
    known = {importer.name: importer for importer in installed()}
    if name == canonical.NAME:
        return None
    if name not in known:
        names = ", ".join(sorted([*known, canonical.NAME]))
        raise ConfigError(
            f"format '{name}' is unknown, wanted one of {names}", where="--format", fix="truecrowd formats"
        )
    return known[name]


def choose(sample: Sample, *, where: str, wanted: str | None = None, tables_only: bool = False) -> tuple[str, Match]:
    """Return the format's name and its claim.

    Args:
        sample: Head of the file.
        where: Its name.
        wanted: Value of `--format`.
        tables_only: The file is a workbook: only order exports are read from those.

    Raises:
        InputError: Nothing recognises the file, or two formats claim it alike.
        ConfigError: `wanted` names no format.
    """
    if wanted is not None:
        importer = by_name(wanted)
        claim = canonical.recognise(sample) if importer is None else importer.recognise(sample)
        return wanted, Match(1.0, f"--format; {claim.reason if claim else 'not recognised by itself'}", _dialect(claim))
    claims = [one for one in _claims(sample) if not tables_only or _is_orders(one[0])]
    if not claims or claims[0][1].confidence < _LEAST:
        raise _unrecognised(sample, claims, where)
    if len(claims) > 1 and claims[1][1].confidence > claims[0][1].confidence - _AHEAD:
        (first, best), (second, next_best) = claims[:2]
        what = f"could be {first} ({best.confidence:.2f}) or {second} ({next_best.confidence:.2f})"
        raise InputError(what, where=where, fix=f"say which one: --format {first}")
    return claims[0]


def _is_orders(name: str) -> bool:
    importer = by_name(name)
    return importer is not None and importer.mapping is not None


def _dialect(claim: Match | None) -> str:
    return claim.dialect if claim else ""


def _claims(sample: Sample) -> list[tuple[str, Match]]:
    found = [(importer.name, importer.recognise(sample)) for importer in installed()]
    found.append((canonical.NAME, canonical.recognise(sample)))
    claims = [(name, claim) for name, claim in found if claim is not None]
    return sorted(claims, key=lambda claim: (-claim[1].confidence, claim[0]))


def _unrecognised(sample: Sample, claims: Iterable[tuple[str, Match]], where: str) -> InputError:
    lacks = [
        f"{name} (confidence {claim.confidence:.2f}, wanted {_LEAST:.2f}: {claim.reason})" for name, claim in claims
    ]
    named = {name for name, _ in claims}
    others = sorted((*_looked_for(sample), *canonical.lacks(sample)), key=lambda other: (-other[0], other[1]))
    lacks += [f"{name} ({what})" for _, name, what in others if name not in named]
    what = "no format recognises this file; nearest: " + "; ".join(lacks[:_NEAREST])
    return InputError(what, where=where, fix="give --format NAME; `truecrowd formats` lists what is read")


def _looked_for(sample: Sample) -> list[tuple[float, str, str]]:
    """Return how near each importer is, by the kind of file it reads, its name, and what it looks for."""
    is_json = bool(sample.objects) or sample.whole is not None
    out = []
    for importer in installed():
        near = {"line": 0.5, "document": 0.4 * is_json, "delimited": 0.6 * bool(sample.header)}[importer.unit]
        if importer.unit == "line" and ("json" in importer.name) != is_json:
            near = 0.1
        if importer.name.endswith("_xml"):
            near = 0.7 if sample.text.lstrip()[:1] == "<" else 0.1
        out.append((near, importer.name, f"looks for {importer.looks_for}"))
    return out
