"""What Douyin's and TikTok's live messages have in common: comments, likes, viewers, and gifts that run up."""

from collections.abc import Hashable
from typing import Any, Final

from truecrowd.ingest.clocks import SECOND_US
from truecrowd.ingest.importer import Row, Sink

Event = dict[str, Any]

_COMBO_US: Final = 30 * SECOND_US
"""A gift combo without a rise for this long has ended (ingest.md section 4)."""
_MOST_COMBOS: Final = 100_000
"""Combos remembered; past it the oldest are forgotten."""


class Combos:
    """Running counts of gifts that are still being sent."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[int, int]] = {}

    def rise(self, key: Hashable, count: int, ts: int, *, is_end: bool) -> int:
        """Return what a running count rose by, and remember it unless the combo ends here.

        Args:
            key: Room, account, gift and group.
            count: The running count, >= 0.
            ts: When, microseconds.
            is_end: The message ends the combo.
        """
        before, last = self._last.pop(key, (0, 0))
        if count < before or ts - last > _COMBO_US:
            before = 0
        if not is_end:
            self._last[key] = (count, ts)
            if len(self._last) > _MOST_COMBOS:
                del self._last[next(iter(self._last))]
        return count - before


def comment(event: Event, row: Row) -> bool:
    """Take the text of a comment."""
    text = event.get("content") or ""
    if not isinstance(text, str):
        raise TypeError(text)
    row["event_type"], row["text"] = "comment", text
    return True


def like(event: Event, row: Row) -> bool:
    """Take the likes of one message; `total` is the room's."""
    row["event_type"], row["value"] = "like", float(event.get("count") or 1)
    return True


def viewers(event: Event, row: Row) -> bool:
    """Take the people who watch now; `totalUser` counts everyone who ever came."""
    row["event_type"] = "stats"
    row.pop("account_id", None)
    row.pop("id_kind", None)
    if event.get("total") is None:
        return False
    row["value"] = float(event["total"])
    return True


def binned(sink: Sink, native: str, row: Row, *, is_event: bool) -> None:
    """Keep a row that is an event; a gift that only ends a combo was merged, the rest is none of ours."""
    if is_event:
        sink.keep(native, row)
    elif row.get("event_type") == "gift":
        sink.merge(native)
    else:
        sink.skip(native)
