"""What a host's line states about time, stock and price: the claim grammar.

The grammar is data, one file per language in `claim_grammar/`; this module only cuts lines, reads numbers and picks
matches. A line is folded (NFKC, lower case) and cut into sentences and clauses. In a clause the longest match wins;
spans of the grammar's `mask` compete without stating anything, and a match of `deny` takes away its clause or the
rest of its sentence: questions, conditions, quoted viewers, negation, delivery terms and the like are no promises.
Nothing here learns, and no pattern comes from a user.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Kind = Literal["time", "extension", "quantity", "sold_out", "restock", "today", "sold_count", "untested"]
KINDS: Final[tuple[str, ...]] = (
    "time", "extension", "quantity", "sold_out", "restock", "today", "sold_count", "untested",
)  # fmt: skip
LANGUAGES: Final = ("zh", "en")

MAX_LINE: Final = 2_000
"""Characters of a line that are read; a transcript's line is a sentence or two, the rest is cut off."""
MAX_NUMBER: Final = {"s": 31_622_400, "piece": 1_000_000_000}
"""Largest number taken for one, by unit: a year, a billion pieces. Whoever says more has said none."""
_HAN: Final = re.compile("[一-鿿]")
_JOINERS: Final = re.compile("[\ufe0f\u20e3\u200b-\u200d]")
"""What makes an emoji of a digit, and spaces nobody sees."""
_LATIN: Final = re.compile("[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a host.

    Args:
        kind: What it is about. `today`: not offered again; `sold_count`: so many sold; `untested`: needs data from
            outside (lowest price anywhere, genuine).
        number: Seconds (unit "s") or pieces (unit "piece"); None where none was said ("the last few").
        unit: "s", "piece"; for `today` "day" or "session"; else "".
    """

    kind: str
    number: int | None = None
    unit: str = ""


def parse(line: str) -> tuple[Claim, ...]:
    """Return what a host's line states, in the order of `KINDS`, each statement once.

    >>> parse("限时５分钟，只剩二十单")
    (Claim(kind='time', number=300, unit='s'), Claim(kind='quantity', number=20, unit='piece'))
    >>> parse("is it only for half an hour?"), parse("only for half an hour!")
    ((), (Claim(kind='time', number=1800, unit='s'),))
    """
    text = unicodedata.normalize("NFKC", line[:MAX_LINE]).casefold().replace("’", "'")
    text = _JOINERS.sub("", text).strip()
    found: set[Claim] = set()
    if _HAN.search(text):
        found |= set(_statements(text, "zh"))
    if _LATIN.search(text):
        found |= set(_statements(text, "en"))
    has_number = {claim.kind for claim in found if claim.number is not None}
    kept = [claim for claim in found if claim.number is not None or claim.kind not in has_number]
    return tuple(sorted(kept, key=lambda claim: (KINDS.index(claim.kind), claim.number or 0, claim.unit)))


@dataclass(frozen=True, slots=True)
class _Form:
    """One pattern: `kind` "" for a mask; `reach` is set where it denies; `why` names the denial."""

    pattern: re.Pattern[str]
    kind: str = ""
    unit: str = ""
    number: int | None = None
    despite: frozenset[str] = frozenset()
    reach: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Grammar:
    sentence_ends: re.Pattern[str]
    clause_ends: re.Pattern[str]
    say: tuple[_Form, ...]
    deny: tuple[_Form, ...]
    seconds: tuple[tuple[str, int], ...]


@cache
def _grammar(language: str) -> _Grammar:
    text = files("truecrowd.features").joinpath("claim_grammar", f"{language}.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    slots = {
        "{t}": f"(?P<n>{tree['number']})(?P<t>{tree['time']})",
        "{n}": f"(?P<n>{tree['number']})",
        "{u}": tree["goods"],
    }
    say = [form for block in tree["say"] for form in _forms(block, slots)]
    say += [form for block in tree["mask"] for form in _forms(block, slots)]
    return _Grammar(
        sentence_ends=re.compile(f"({tree['sentence_ends']})"),
        clause_ends=re.compile(tree["clause_ends"]),
        say=tuple(say),
        deny=tuple(form for block in tree["deny"] for form in _forms(block, slots)),
        seconds=tuple(tree["seconds"].items()),
    )


def _forms(block: dict[str, Any], slots: dict[str, str]) -> Iterator[_Form]:
    for text in block["forms"]:
        pattern = text
        for slot, words in slots.items():
            pattern = pattern.replace(slot, words)
        yield _Form(
            re.compile(pattern), block.get("kind", ""), block.get("unit", ""), block.get("number"),
            frozenset(block.get("despite", ())), block.get("reach", ""), block.get("why", ""),
        )  # fmt: skip


def _statements(text: str, language: str) -> Iterator[Claim]:
    grammar = _grammar(language)
    parts = grammar.sentence_ends.split(text)
    for sentence, end in zip(parts[::2], [*parts[1::2], ""], strict=True):
        denied: set[str] = set()
        clauses = [clause for clause in grammar.clause_ends.split(sentence) if clause.strip()]
        for at, clause in enumerate(clauses):
            here = set(denied)
            for form in grammar.deny:
                if form.pattern.search(clause):
                    here.add(form.why)
                    if form.reach == "sentence":
                        denied.add(form.why)
            if end == "?" and at == len(clauses) - 1:
                here.add("question")
            yield from _clause(clause, grammar, here)


def _clause(clause: str, grammar: _Grammar, denied: set[str]) -> Iterator[Claim]:
    matches = [
        (found.end() - found.start(), bool(form.kind), -at, form, found)
        for at, form in enumerate(grammar.say)
        for found in form.pattern.finditer(clause)
    ]
    taken: list[tuple[int, int]] = []
    for _, _, _, form, found in sorted(matches, key=lambda match: match[:3], reverse=True):
        if any(found.start() < end and start < found.end() for start, end in taken):
            continue
        taken.append(found.span())
        if form.kind and not denied - form.despite:
            yield _claim(form, found, grammar)


def _claim(form: _Form, found: re.Match[str], grammar: _Grammar) -> Claim:
    groups = found.groupdict()
    if form.kind == "today":
        return Claim(form.kind, None, form.unit)
    if form.number is not None:
        return Claim(form.kind, form.number, "piece")
    number = _number(groups["n"]) if groups.get("n") else None
    words = groups.get("t") or groups.get("word")
    if number is None or (number <= 0):
        return Claim(form.kind)
    if words:
        if groups.get("half"):
            number += 0.5
        number *= next(seconds for word, seconds in grammar.seconds if word in words)
    unit = "s" if words else "piece"
    return Claim(form.kind, round(number), unit) if number <= MAX_NUMBER[unit] else Claim(form.kind)


_DIGITS: Final = {word: at for at, word in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS: Final = {"十": 10, "百": 100, "千": 1_000}
_BIG: Final = {"万": 10_000, "千": 1_000, "w": 10_000, "k": 1_000}
_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TIES: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS: Final = (
    {word: at for at, word in enumerate(_ONES.split())}
    | {word: 10 * at for at, word in enumerate(_TIES.split(), 2)}
    | {"a": 1, "an": 1}
)


def _number(words: str) -> float | None:
    """Return the number that digits, Chinese numerals or English words stand for; None for "two or three"."""
    text = words.strip().replace(",", "")
    if text[0].isdigit():
        scale = _BIG.get(text[-1], 1)
        return float(text.rstrip("万千wk")) * scale
    return _han(text) if _HAN.match(text) else _english(text)


def _han(text: str) -> float | None:
    if text == "半":
        return 0.5
    head, _, tail = text.rpartition("万")
    high = _below_ten_thousand(head) if head else 0
    low = _below_ten_thousand(tail) if tail else 0
    if "万" in text and not head:
        return None
    if high is None or low is None:
        return None
    if head and len(tail) == 1 and tail in _DIGITS:
        low *= 1_000  # 一万五
    return float(high * 10_000 + low)


def _below_ten_thousand(text: str) -> int | None:
    total, digit, last = 0, None, 10_000
    for at, word in enumerate(text):
        if word in _TENS:
            if _TENS[word] >= last:
                return None
            last = _TENS[word]
            total += (1 if digit is None else digit) * last
            digit = None
        elif word in _DIGITS and (digit is None or digit == 0):
            digit = _DIGITS[word]
            if at == len(text) - 1 and last > 10 and last < 10_000 and text[at - 1] in _TENS:
                digit *= last // 10  # 三百五 is 350
        else:
            return None  # 两三: about
    return total + (digit or 0)


def _english(text: str) -> float | None:
    total, here, seen = 0.0, 0.0, False
    for word in re.split("[ -]+", text.strip(" -")):
        if word == "half":
            return 0.5
        if word in _WORDS:
            here, seen = here + _WORDS[word], True
        elif word in ("hundred", "dozen"):
            here, seen = max(here, 1) * (100 if word == "hundred" else 12), True
        elif word == "thousand":
            total, here, seen = total + max(here, 1) * 1_000, 0, True
    return total + here if seen else None
