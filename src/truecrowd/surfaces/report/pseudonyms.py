"""Names for accounts that hold in one report only: a17 for a viewer, b17 for a buyer."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

BUYER_SCHEMES: Final = frozenset({"brushing"})
"""Whoever a finding of these schemes names has bought something."""

SIGNS: Final = ("watch", "high", "critical")
"""Levels that say that something was seen; at the others no account is named at all."""

Naming = Callable[[Any], Any]
"""Replaces account ids in any nesting of lists and objects; everything else stays as it is."""


def keep(value: Any) -> Any:
    """Return the same: real ids were asked for."""
    return value


def pseudonyms(findings: Sequence[dict[str, Any]], verdicts: pa.Table, members: Sequence[str] = ()) -> Naming:
    """Return a naming for every account the report names; see `numbered`."""
    return naming_of(numbered(findings, verdicts, members))


def naming_of(names: dict[str, str]) -> Naming:
    """Return a naming that replaces these texts and keeps all others."""
    return lambda value: _replaced(value, names)


def with_buyers(names: dict[str, str], buyers: Sequence[str]) -> dict[str, str]:
    """Return the names of buyers: those the report gave them, and numbers after these for the others, in their order."""
    n = sum(name.startswith("b") for name in names.values())
    out: dict[str, str] = {}
    for text in buyers:
        if text in names:
            out[text] = names[text]
        else:
            n += 1
            out[text] = f"b{n}"
    return out


def numbered(findings: Sequence[dict[str, Any]], verdicts: pa.Table, members: Sequence[str] = ()) -> dict[str, str]:
    """Return a name for every account the report names, numbered in the order in which they come.

    Args:
        findings: Rows of FINDINGS with `params` read, in the order of the report.
        verdicts: VERDICTS; it has a row for every account of the data, so an id in `params` is known for one.
        members: Accounts that are named because they are listed as members of a fleet.
    """
    is_account = pc.equal(verdicts["subject_type"], "account")
    named: dict[str, bool] = {}
    for row in findings:
        is_buyer = row["scheme"] in BUYER_SCHEMES
        subject = [row["subject_id"]] if row["subject_type"] == "account" else []
        for text in [*subject, *_texts(row["params"])]:
            named[text] = named.get(text, False) or is_buyer
    signs = verdicts["subject_id"].filter(pc.and_(is_account, pc.is_in(verdicts["level"], pa.array(SIGNS))))
    named |= {text: False for text in signs.to_pylist() if text not in named}
    named |= {text: False for text in members if text not in named}
    known = pc.and_(is_account, pc.is_in(verdicts["subject_id"], pa.array(list(named), pa.string())))
    accounts = set(verdicts["subject_id"].filter(known).to_pylist())
    accounts |= {row["subject_id"] for row in findings if row["subject_type"] == "account"} | set(members)
    names: dict[str, str] = {}
    n_of = {"a": 0, "b": 0}
    for text, is_buyer in named.items():
        if text in accounts:
            letter = "b" if is_buyer else "a"
            n_of[letter] += 1
            names[text] = f"{letter}{n_of[letter]}"
    return names


def _texts(value: object) -> Iterable[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for name, item in value.items():
                yield from _texts(name)
                yield from _texts(item)


def _replaced(value: Any, names: dict[str, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [_replaced(item, names) for item in value]
        case dict():
            return {names.get(name, name): _replaced(item, names) for name, item in value.items()}
        case _:
            return value
