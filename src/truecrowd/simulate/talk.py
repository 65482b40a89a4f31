"""What is said, as integer codes, and when honest people say it.

Free lines are numbered placeholders ("示例评论 17 号：…"): they show how often words repeat, and are of no use as a script.
A code is language * 10^14 + family * 10^12 + a * 10^8 + b * 10^4 + c; `render` turns codes into a world's text.
"""

from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.simulate import laws
from truecrowd.simulate.kinds import F64, I64, Bool, Rng
from truecrowd.simulate.people import zipf
from truecrowd.simulate.rows import NONE, Rows, is_kind, rows
from truecrowd.simulate.visits import Visits
from truecrowd.simulate.world import Talk, Words, World

_LANGUAGE, _FAMILY, _A, _B = 10**14, 10**12, 10**8, 10**4
_PHRASE, _LINE, _FOREIGN, _STAFF, _SAYING, _REVIEW, _BARGAIN, _PRAISE, _PAID_REVIEW = range(9)
_N_NUMBERS: Final = 400
_MORE_FACTOR: Final = 2.0

SAYINGS: Final = (
    "vote", "draw", "limit_stock", "sold_out", "released", "offer", "extended", "restored", "only_minutes",
    "only_minutes_en", "last_pieces", "last_pieces_en", "found_more", "raid_hello", "draw_answer", "storm", "packet",
    "no_sound", "echo", "slogan", "command", "typed", "click_666", "guest", "wrong_price", "packet_call", "reconnect",
    "bulk",
)  # fmt: skip
"""Keys of what host, platform and crowd say in set words; each world has its own words for them."""

LANGUAGES: Final = ("zh", "en")
"""Of rooms; a code says which one by its place here."""

TIERS: Final = ("small", "large", "head")
"""Size of the host: what a bought crowd is told to say depends on it."""


def saying(key: str, number: int = 0) -> int:
    """Return the code of one of `SAYINGS` with its number, 0 to 9999."""
    return _SAYING * _FAMILY + SAYINGS.index(key) * _A + number


def staff_lines(rng: Rng, words: Words, n: int) -> I64:
    """Return `n` codes of the few lines staff repeat all night."""
    return _STAFF * _FAMILY + rng.integers(0, len(words.staff), n) * _A


def reviews(rng: Rng, n: int, *, is_paid: bool) -> I64:
    """Return `n` codes of reviews, numbered placeholders."""
    family = _PAID_REVIEW if is_paid else _REVIEW
    return family * _FAMILY + rng.integers(0, 8, n) * _A + rng.integers(1, 1_000, n)


def lines(rng: Rng, world: World, n: int, tier: str = "") -> I64:
    """Return `n` codes of what an honest crowd writes: table phrases, free lines, some of it foreign; words repeat.

    Args:
        rng: Stream to draw from.
        world: How much of each.
        n: How many.
        tier: Of the host: of the free lines, a part bargains with `small` ones, praises `large` ones, and is "666" with the
            biggest, as bought lines are; "" only asks.
    """
    words, priors = world.words, world.talk
    topic, ask = _ranked(rng, len(words.topics), 0.8, n), _ranked(rng, len(words.asks), 0.8, n)
    number = _ranked(rng, _N_NUMBERS, 0.9, n) + 1
    free = _free(_LINE, topic, ask, number)
    if tier == "head":
        told: I64 | int = saying("typed", 666)
    else:
        told = _free(_PRAISE if tier == "large" else _BARGAIN, topic, 0 * ask, ask * _N_NUMBERS + number)
    free = np.where(rng.random(n) < (priors.tier_share if tier else 0.0), told, free)
    free = np.where(rng.random(n) < priors.english_share, _free(_FOREIGN, topic, ask, number), free)
    table = _ranked(rng, len(words.phrases), priors.phrase_tail, n) * _A
    return np.where(rng.random(n) < priors.phrase_share, table, free).astype(np.int64)


def _ranked(rng: Rng, n_places: int, tail: float, n: int) -> I64:
    steps = np.cumsum(zipf(n_places, tail))
    return np.searchsorted(steps, rng.random(n), side="right").clip(0, n_places - 1).astype(np.int64)


def distinct_lines(rng: Rng, words: Words, n: int, tier: str = "") -> I64:
    """Return `n` codes of free lines, no two alike while the placeholders last (some 90,000), in no order.

    Args:
        rng: Stream to draw from.
        words: Of the world.
        n: How many.
        tier: Of the host: crowds of `small` ones bargain as often as they ask, those of `large` ones praise; "" asks.
    """
    n_asks = len(words.asks)
    n_lines = len(words.topics) * n_asks * _N_NUMBERS
    place = np.concatenate([rng.permutation(n_lines) for _ in range(n // n_lines + 1)])[:n]
    rest, number = np.divmod(place, _N_NUMBERS)
    topic, ask = np.divmod(rest, n_asks)
    asked = _free(_LINE, topic, ask, number + 1)
    if tier == "small":
        return np.where(rng.random(n) < 0.5, asked, _free(_BARGAIN, topic, 0 * ask, ask * _N_NUMBERS + number + 1))
    if tier == "large":
        return _free(_PRAISE, topic, 0 * ask, ask * _N_NUMBERS + number + 1)
    return asked


def paid_lines(rng: Rng, words: Words, n: int, tier: str) -> I64:
    """Return `n` codes of what a bought crowd says in a room of that tier; in the biggest, half is "666"."""
    told = distinct_lines(rng, words, n, tier)
    return np.where(rng.random(n) < 0.5, saying("typed", 666), told) if tier == "head" else told


def _free(family: int, topic: I64, ask: I64, number: I64) -> I64:
    return np.asarray(family * _FAMILY + topic * _A + ask * _B + number, dtype=np.int64)


def heat(rng: Rng, priors: Talk, n_minutes: int) -> F64:
    """Return how talkative each minute is, at most 1: noise that lingers into the next minute."""
    fresh = laws.draw(rng, priors.heat, n_minutes)
    warm = np.empty(n_minutes)
    last = 1.0
    for minute in range(n_minutes):
        last = priors.heat_memory * last + (1.0 - priors.heat_memory) * fresh[minute]
        warm[minute] = last
    return np.asarray(warm / warm.max())


def comments(rng: Rng, world: World, visits: Visits, warm: F64, tier: str = "") -> Rows:
    """Return the comments of honest visits: few write, rather those who stay, a few a lot, all more in some minutes.

    Args:
        rng: Stream to draw from.
        world: How much is written, and what.
        visits: Of the people who may write.
        warm: Talkativeness of each minute, from `heat`.
        tier: Of the host; see `lines`.
    """
    priors = world.talk
    stay_s = visits.end_s - visits.start_s
    chance = priors.commenter_share * 2.0 * stay_s / (stay_s + priors.settle_s)
    who = np.flatnonzero(rng.random(len(visits)) < chance)
    more = np.ceil(rng.pareto(priors.more_tail, len(who)) * _MORE_FACTOR).clip(1, priors.more_max).astype(np.int64)
    count = np.where(rng.random(len(who)) < priors.once_share, 1, 1 + more)
    visit = np.repeat(who, count)
    first = np.cumsum(count) - count
    gaps = laws.draw(rng, priors.gap, len(visit))
    edge_s = np.arange(len(warm) + 1) * 60.0
    mood_s = np.append(0.0, np.cumsum(warm / warm.mean())) * 60.0  # a clock that runs faster in lively minutes
    begin, end = np.interp(visits.start_s[who], edge_s, mood_s), np.interp(visits.end_s[who], edge_s, mood_s)
    gaps[first] = rng.random(len(who)) ** 1.5 * (end - begin)  # the first one comes rather early in the visit
    at = np.repeat(begin, count) + running(gaps, first, count)
    is_said = at < np.repeat(end, count) - 1e-6
    at_s, account = np.interp(at[is_said], mood_s, edge_s), visits.account[visit[is_said]]
    order = np.argsort(at_s, kind="stable")
    text = copied(rng, lines(rng, world, len(order), tier), priors.copy_share)
    return rows("comment", at_s[order], account=account[order], text=text)


def copied(rng: Rng, text: I64, share: float) -> I64:
    """Return lines in order of time, of which a share repeats one of the ten lines before it."""
    if share <= 0.0 or not len(text):
        return text
    place = np.arange(len(text))
    source = np.where(rng.random(len(text)) < share, place - rng.integers(1, 11, len(text)), place).clip(0)
    for _ in range(3):  # copies of copies
        source = source[source]
    return np.asarray(text[source])


def running(values: F64, first: I64, count: I64) -> F64:
    """Return running sums that start anew at each group's first place.

    >>> running(np.array([1.0, 2.0, 5.0]), np.array([0, 2]), np.array([2, 1])).tolist()
    [1.0, 3.0, 5.0]
    """
    if not len(values):
        return values
    total = np.cumsum(values)
    return np.asarray(total - np.repeat(total[first] - values[first], count))


def slowed(table: Rows, floor_s: float, until_s: float) -> Rows:
    """Return the rows with comments put off until slow mode lets their account write again; late ones fall away."""
    is_said = is_kind(table, "comment")
    if floor_s <= 0.0 or not is_said.any():
        return table
    at = np.flatnonzero(is_said)
    at = at[np.lexsort((table.at_s[at], table.account[at]))]
    account, at_s = table.account[at], table.at_s[at]
    starts = np.flatnonzero(np.append(True, account[1:] != account[:-1]))
    group = np.cumsum(np.append(True, account[1:] != account[:-1])) - 1
    turn = np.arange(len(at)) - starts[group]
    span = float(at_s.max()) + floor_s * (len(at) + 1.0)
    least = np.maximum.accumulate(at_s - turn * floor_s + group * span) - group * span
    moved = table.at_s.copy()
    moved[at] = least + turn * floor_s
    keep: Bool = ~is_said | (moved < until_s) | (moved == table.at_s)
    return Rows(moved, *(getattr(table, name) for name in Rows.__slots__[1:])).take(keep)


def answers(rng: Rng, priors: Talk, who: I64, at_s: float, code: int) -> Rows:
    """Return what `who` answer to a prompt: all the same words, three in four within 20 seconds."""
    return answered(rng, priors.answer, who, at_s, code)


def answered(rng: Rng, law: laws.Law, who: I64, at_s: float, code: int) -> Rows:
    """Return the same words from `who`, each after a delay of their own of at most two minutes."""
    delay = laws.draw(rng, law, len(who)).clip(0.0, 120.0)
    return rows("comment", at_s + 0.8 + delay, account=who, text=code)


def spoken(codes: I64, language: str) -> I64:
    """Return codes as they are in a room in that language."""
    place = LANGUAGES.index(language)
    return np.where(codes == NONE, NONE, codes + place * _LANGUAGE) if place else codes


def render(codes: I64, *words: Words) -> pa.Array:
    """Return the text of codes as strings, with the words of each of `LANGUAGES`; null where a code is `NONE`."""
    is_none = codes == NONE
    distinct, place = np.unique(codes[~is_none], return_inverse=True)
    places = np.full(len(codes), NONE)
    places[~is_none] = place
    sayings = [dict(each.sayings) for each in words]
    said = [
        _word(rest, words[language], sayings[language])
        for language, rest in (divmod(code, _LANGUAGE) for code in distinct.tolist())
    ]
    return pa.array(said, pa.string()).take(pa.array(places, mask=is_none))


def _word(code: int, words: Words, sayings: dict[str, str]) -> str:
    family, rest = divmod(code, _FAMILY)
    a, rest = divmod(rest, _A)
    b, number = divmod(rest, _B)
    if family == _PHRASE:
        return words.phrases[a]
    if family == _STAFF:
        return words.staff_line.format(n=a + 1, a=words.staff[a])
    if family == _SAYING:
        return sayings[SAYINGS[a]].format(number)
    if family == _FOREIGN:
        return words.foreign.format(n=number, a=a + 1, b=b + 1)
    shape = {
        _LINE: words.line,
        _REVIEW: words.review,
        _BARGAIN: words.bargain,
        _PRAISE: words.praise,
        _PAID_REVIEW: words.paid_review,
    }
    return shape[family].format(n=number, a=words.topics[a], b=words.asks[b])
