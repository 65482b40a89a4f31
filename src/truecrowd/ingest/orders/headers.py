"""Headers of an export against those a mapping names: width, case and spaces do not matter."""

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from truecrowd.errors import InputError
from truecrowd.ingest.importer import About, Importer, Match, Reader, Sample, Sink
from truecrowd.ingest.orders.mapping import Mapping
from truecrowd.ingest.orders.parsing import shipped

_QUOTES: Final = "'\"=\ufeff"
_LEAST: Final = 0.5
"""Least share of `all` a file must have for its lacks to be named."""


def fold(header: str) -> str:
    """Return a header without what people and programs change.

    >>> fold(" Order ID ") == fold("ｏｒｄｅｒ id")
    True
    """
    plain = unicodedata.normalize("NFKC", header).casefold().strip(_QUOTES)
    return "".join(plain.split())


def places(header: Sequence[str], wanted: Iterable[str], mapping: Mapping) -> dict[str, int]:
    """Return where each wanted header stands, by the mapping's own spelling; of two alike, the first."""
    spelled = {fold(name): at for at, name in reversed(list(enumerate(header)))}
    found = {}
    other = [(fold(spelling), name) for spelling, name in mapping.alias.items()]
    for name in wanted:
        words = [fold(name), *(spelling for spelling, ours in other if ours == name)]
        at = next((spelled[word] for word in words if word in spelled), None)
        if at is not None:
            found[name] = at
    return found


def claim(mapping: Mapping, sample: Sample) -> Match | None:
    """Claim a table whose header has all that must be there; a near one with what it lacks."""
    if not sample.header:
        return None
    n_all, n_any = (len(places(sample.header, names, mapping)) for names in (mapping.all, mapping.any))
    n_names = len(mapping.all) + len(mapping.any)
    confidence = (n_all + n_any) / n_names
    lacks = [name for name in (*mapping.all, *mapping.any) if not places(sample.header, [name], mapping)]
    said = f"rule 6: {n_all + n_any} of {n_names} columns" + (f", not {', '.join(lacks[:4])}" if lacks else "")
    if n_all == len(mapping.all):
        return Match(confidence, said)
    return Match(confidence * _LEAST, said) if n_all >= _LEAST * len(mapping.all) else None


def own_claim(mapping: Mapping, sample: Sample, *, where: str) -> Match | None:
    """Claim a table with the user's own mapping: its `all` decide, for the user chose it. None: it is another file.

    Raises:
        InputError: Half of the headers are there: the file is meant, and the mapping does not fit it.
    """
    found = places(sample.header, mapping.all, mapping)
    if not sample.header or not found:
        return None
    if len(found) == len(mapping.all):
        return Match(1.0, f"--map: all {len(found)} headers of {mapping.name}")
    if len(found) < _LEAST * len(mapping.all):
        return None
    lacks = next(name for name in mapping.all if name not in found)
    near = difflib.get_close_matches(lacks, sample.header, n=1, cutoff=0)
    what = f"column '{lacks}', which the mapping '{mapping.name}' asks for, is missing"
    raise InputError(what, where=where, fix=f"correct the mapping; the nearest header is '{near[0]}'")


def importer_of(mapping: Mapping) -> Importer:
    """Return the importer of a mapping."""
    return Importer(
        name=mapping.name, version=mapping.version, state="source", title_en=mapping.title_en,
        title_zh=mapping.title_zh, looks_for=f"headers {', '.join(mapping.all)}", unit="delimited",
        gives=tuple(dict.fromkeys(rule.type for rule in mapping.events)), recognise=partial(claim, mapping),
        start=_start, mapping=mapping,
    )  # fmt: skip


def importers() -> tuple[Importer, ...]:
    """Return the importers of all shipped mappings."""
    return tuple(importer_of(mapping) for mapping in shipped())


def _start(about: About, sink: Sink) -> Reader:
    raise AssertionError(f"{about.source}: order exports are read by columns, not row by row ({sink})")
