"""Records of one segment as a case file ships them: chosen ones, what opens them, and the hashes of all others.

Format: docs/decisions/0009, section 8.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from truecrowd.evidence.tree import SIZE, Hashes, levels_of, range_root

if TYPE_CHECKING:
    from truecrowd.evidence.log import Kept

_MAGIC: Final = b"truecrowd-records/1\n"


def opening(groups: Sequence[tuple[str, bytes, bytes]]) -> bytes:
    """Return what opens some groups of one record: for each a field of type `o`, its salt, then its fields.

    Args:
        groups: Name, salt, fields; sorted by name.
    """
    parts = []
    for name, salt, body in groups:
        parts += [len(name).to_bytes(1, "big"), name.encode(), b"o", (len(salt) + len(body)).to_bytes(4, "big")]
        parts += [salt, body]
    return b"".join(parts)


def records_file(rows: Sequence[tuple[int, bytes, bytes]]) -> bytes:
    """Return the file of shipped records.

    Args:
        rows: Place in the segment, record, opening; by place.
    """
    parts = [_MAGIC, struct.pack(">I", len(rows))]
    for place, record, opened in rows:
        parts += [struct.pack(">III", place, len(record), len(opened)), record, opened]
    return b"".join(parts)


def other_hashes(places: Sequence[int], leaves: bytes) -> bytes:
    """Return the roots of the largest parts of a segment without any of `places`, from left to right.

    Args:
        places: Of the shipped records, ascending.
        leaves: Leaf hashes of the segment, joined.
    """
    return b"".join(_others(0, len(leaves) // SIZE, places, levels_of(leaves)))


def _others(low: int, high: int, places: Sequence[int], hashes: Hashes) -> Iterator[bytes]:
    n = bisect_left(places, high) - bisect_left(places, low)
    if n == high - low:
        return
    if n == 0:
        yield range_root(hashes, low, high)
        return
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    yield from _others(low, middle, places, hashes)
    yield from _others(middle, high, places, hashes)


def shipped(kept: "Kept", places: Sequence[int], opened: dict[int, frozenset[str]]) -> tuple[bytes, bytes]:
    """Return the two files of a segment: its records, and the hashes of the rest.

    Args:
        kept: The segment.
        places: Which records, ascending; all of them are still there.
        opened: By place, the groups to open; one that was erased stays closed.
    """
    from truecrowd.evidence import records

    bodies = _chosen(records.record_bytes(kept.rows, kept.table, kept.groups, kept.commitments), places)
    wanted = {group for groups in opened.values() for group in groups}
    fields = {name: records.fields(kept.rows, kept.groups[name]) for name in sorted(wanted)}
    rows = []
    for place, body in zip(places, bodies, strict=True):
        names = sorted(opened.get(place, ()))
        shown = [
            (name, kept.salts.groups[name].salts[place].tobytes(), fields[name][place].as_py())
            for name in names
            if not kept.salts.groups[name].is_closed[place]
        ]
        rows.append((place, body, opening(shown)))
    return records_file(rows), other_hashes(places, kept.leaves)


def _chosen(bodies: Sequence[bytes], places: Sequence[int]) -> list[bytes]:
    return [bodies[place] for place in places]
