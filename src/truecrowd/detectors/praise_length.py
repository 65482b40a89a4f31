"""Reviews massed at just 15 characters and more: written to order by length.

Orders for praise say "15 characters or more", as platforms count a review from there. Who is paid by the piece stops
soon after; people who write for themselves do not know where 15 is, so lengths rise and fall smoothly around it.
Compared are 15 to 19 characters with what 5 to 9 and 10 to 14 lead one to expect, by product. The share above 15 says
nothing: it is 1 % in one language and 90 % in another. Comments are not looked at: phrases and templates of a platform
make steps of their own.
Honest lookalikes: languages with long words and careful writers (no step), one text pasted by many (counted once), a
coupon for reviews of 15 characters (the same step: a part is what `step_ratio` allows, the rest cannot be told apart).
Source: public reports ("15 characters or more, praise"); density step after McCrary 2008 (detectors.md D5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.cells import cell_ids, differs, nats_beyond, upper_count
from truecrowd.features.facts import Facts
from truecrowd.features.lines import line_hashes
from truecrowd.features.state import Layout
from truecrowd.features.view import View
from truecrowd.schema import EVENTS, build

TYPES: Final = ("review",)
STEP_CHARS: Final = 15
"""Where a review begins to count (public reports)."""
BIN_CHARS: Final = 5
"""Width of the three bins around it, characters: 5 to 9, 10 to 14, 15 to 19. Guess: who writes to a rule stops soon."""
LAST_BIN: Final = 4
"""Holds all that is longer."""
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("product_id", "i4"), ("line", "u8"), ("account_id", "i4"),
        ("bin", "i1"), ("ts", "i8"), ("event_id", "u8"),
    ]),
    key=("room_id", "product_id", "line", "account_id", "bin"),
    how={"ts": "first", "event_id": "first"},
)  # fmt: skip
"""First review of this wording by an account: 37 bytes."""


@dataclass(frozen=True, slots=True)
class Config:
    """How steep an honest step may be."""

    step_ratio: float = 2.0
    """Reviews of 15 to 19 characters over those that shorter ones lead one to expect, in an honest room. Guess: a coupon
    that asks for 15."""
    max_rise: float = 2.0
    """Most that one bin may hold of the one before it where lengths are still rising. Guess: careful writers."""
    min_texts: int = 20
    """Fewest accounts with a text of 15 to 19 characters that make a finding. Guess."""
    min_nats: float = 0.7
    """Least score of a subject with a finding, nats: twice what is expected. Guess."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row a review of an account with an id of its own."""
    view = view.where(view["account_id"] >= 0)
    if view.texts is None:
        return np.empty(0, LAYOUT.dtype)
    length = pc.fill_null(pc.utf8_length(pc.utf8_trim_whitespace(view.texts)), 0).to_numpy(zero_copy_only=False)
    columns = {name: view[name] for name in ("room_id", "product_id", "account_id", "ts", "event_id")}
    step = np.minimum(np.asarray(length) // BIN_CHARS, LAST_BIN)
    return LAYOUT.rows({**columns, "line": line_hashes(view.texts, min_chars=1), "bin": step})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every product by the step of its reviews, rooms and accounts by that of their products."""
    once = _once(rows)
    cell = cell_ids(once["room_id"], once["product_id"])
    nats, n_above = _step(cell, once["bin"], config)
    of_room = np.zeros(facts.n_rooms)
    np.maximum.at(of_room, once["room_id"], nats[cell])
    rooms, n = np.unique(once["room_id"], return_counts=True)
    score = np.where(once["bin"] == STEP_CHARS // BIN_CHARS, nats[cell], 0.0)
    scores = [
        Scores("room", rooms, rooms, of_room[rooms], n, "reviewers"), _products(once, cell, nats),
        _accounts(once, score),
    ]  # fmt: skip
    found = np.flatnonzero((nats >= config.min_nats) & (n_above >= config.min_texts)).tolist()
    return Seen(scores, [_finding(once[cell == k], float(nats[k])) for k in found])


def _once(texts: np.ndarray) -> np.ndarray:
    """Return each wording once by room and product, and each account once, in the order of time."""
    for name in ("line", "account_id"):
        texts = texts[np.lexsort((texts["event_id"], texts["ts"], texts[name], texts["product_id"], texts["room_id"]))]
        texts = texts[differs(texts["room_id"], texts["product_id"], texts[name])]
    return texts


def _step(cell: np.ndarray, step: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return by cell, nats: reviews just above the step against what those below lead one to expect; their number."""
    n_cells = int(cell.max()) + 1 if len(cell) else 0
    far, near, above = (np.bincount(cell[step == k], minlength=n_cells).astype(np.float64) for k in (1, 2, 3))
    rise = np.clip(near / np.maximum(far, 1.0), 1.0, config.max_rise)
    return nats_beyond(above, upper_count(config.step_ratio * rise * near)), above


def _accounts(once: np.ndarray, score: np.ndarray) -> Scores:
    order = np.lexsort((once["account_id"], once["room_id"]))
    starts = np.flatnonzero(differs(once["room_id"][order], once["account_id"][order]))
    best = np.maximum.reduceat(score[order], starts) if len(order) else score
    first = once[order][starts]
    n = np.diff(np.append(starts, len(order)))
    return Scores("account", first["room_id"], first["account_id"], best, n, "reviewers")


def _products(once: np.ndarray, cell: np.ndarray, nats: np.ndarray) -> Scores:
    cells, starts, n = np.unique(cell, return_index=True, return_counts=True)
    first = once[starts]
    keep = first["product_id"] >= 0
    return Scores("product", first["room_id"][keep], first["product_id"][keep], nats[cells][keep], n[keep], "reviewers")


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Say where lengths can be compared, and of what."""
    has = facts.has_column("account_id", TYPES)
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    return look.weaker(~facts.has_column("product_id", ("review",)), "no_products", "no_product_id")


def _finding(once: np.ndarray, nats: float) -> Finding:
    above = once[once["bin"] == STEP_CHARS // BIN_CHARS]
    above = above[np.lexsort((above["event_id"], above["ts"]))]
    room, product = int(once["room_id"][0]), int(once["product_id"][0])
    subject = ("product", product) if product >= 0 else ("room", room)
    params = {
        "n_above": len(above), "n_below": int((once["bin"] == STEP_CHARS // BIN_CHARS - 1).sum()),
        "step_chars": STEP_CHARS,
    }  # fmt: skip
    start, end = int(above["ts"][0]), int(above["ts"][-1]) + 1
    return Finding(*subject, room, start, end, nats, above["event_id"], len(above), params)


def honest() -> pa.Table:
    """A hundred and twenty reviews of one product, of 5 to 34 characters."""
    return build(EVENTS, _reviews([5 + k % 30 for k in range(120)]))


def faked() -> pa.Table:
    """The same, and two hundred of 15 to 17 characters."""
    return build(EVENTS, _reviews([*(5 + k % 30 for k in range(120)), *(15 + k % 3 for k in range(200))]))


def _reviews(lengths: Sequence[int]) -> list[dict[str, object]]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return [
        {
            "event_id": f"e{k}", "ts": opens + timedelta(hours=1 + k), "event_type": "review", "room_id": "r",
            "account_id": f"u{k}", "product_id": "p", "text": f"{k:03d}".ljust(n, "x"),
        }
        for k, n in enumerate(lengths)
    ]  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="praise_length", version=1, family="D", scheme="reviews", subject="product", scope="room", event_types=TYPES,
    reads=("event_id", "ts", "event_type", "room_id", "account_id", "product_id", "text"), needs=("text",),
    lookback=timedelta(days=30), finds="reviews massed at just 15 characters and more",
    source="public reports: 15 characters or more, praise; density step after McCrary 2008, detectors.md D5",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
