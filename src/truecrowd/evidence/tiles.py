"""Tiles of C2SP tlog-tiles (text of 2026-02-05): where they lie, what is written when a log grows, how they are read."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from truecrowd.errors import EvidenceError
from truecrowd.evidence.tree import SIZE, Hashes, next_level, root_of

WIDTH: Final = 256
"""Hashes of a full tile."""
HEIGHT: Final = 8
"""Levels of the tree that one tile spans."""
MOST_BYTES: Final = 65_535
"""Longest entry: its length is a uint16."""

Read = Callable[[str], bytes]
"""Path inside the log's folder -> bytes; raises `EvidenceError` where there is no such file."""


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Return where a tile lies; `level` "entries" names an entry bundle.

    >>> tile_path(0, 1234067), tile_path("entries", 0, 5)
    ('tile/0/x001/x234/067', 'tile/entries/000.p/5')
    """
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def width_at(size: int, level: int, index: int) -> int:
    """Return how many hashes tile `index` of a level has in a log of `size` entries."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))


def grown(size: int, leaves: Sequence[bytes], read: Read) -> Iterator[tuple[str, bytes]]:
    """Yield the hash tiles to write when entries are added.

    Args:
        size: Entries so far.
        leaves: Leaf hashes of the new ones, in order.
        read: Reads the tiles of the log as it is.

    Yields:
        Path and bytes of each tile that is new or wider.
    """
    level, fresh = 0, b"".join(leaves)
    while fresh:
        index, width = divmod(size >> HEIGHT * level, WIDTH)
        body = (read(tile_path(level, index, width)) if width else b"") + fresh
        fresh = b""
        for at in range(0, len(body), WIDTH * SIZE):
            tile = body[at : at + WIDTH * SIZE]
            yield tile_path(level, index, len(tile) // SIZE), tile
            index += 1
            if len(tile) == WIDTH * SIZE:
                fresh += root_of(tile)
        level += 1


def bundled(size: int, entries: Sequence[bytes], read: Read) -> Iterator[tuple[str, bytes]]:
    """Yield the entry bundles to write when entries are added; arguments as `grown`."""
    index, width = divmod(size, WIDTH)
    body = read(tile_path("entries", index, width)) if width else b""
    for entry in entries:
        body += len(entry).to_bytes(2, "big") + entry
        width += 1
        if width == WIDTH:
            yield tile_path("entries", index), body
            index, width, body = index + 1, 0, b""
    if width:
        yield tile_path("entries", index, width), body


def stale(size: int, grown_to: int) -> Iterator[str]:
    """Yield what may go once a larger checkpoint is signed: the older partial bundle, and partial tiles now full.

    A name that ends in `.p` is a folder.
    """
    index, width = divmod(size, WIDTH)
    if width and grown_to > size:
        yield tile_path("entries", index, width)
    level = 0
    while size >> HEIGHT * level or grown_to >> HEIGHT * level:
        first, last = size >> HEIGHT * (level + 1), grown_to >> HEIGHT * (level + 1)
        yield from (f"{tile_path(level, one)}.p" for one in range(first, last))
        if level == 0:
            yield from (f"{tile_path('entries', one)}.p" for one in range(first, last))
        level += 1


def hashes_of(size: int, read: Read) -> Hashes:
    """Return the complete subtrees of a log on disk; tiles read once are kept (the last 64)."""

    @lru_cache(64)
    def tile(level: int, index: int) -> bytes:
        width = width_at(size, level, index)
        return checked_tile(read(tile_path(level, index, width)), width, where=tile_path(level, index, width))

    def hashes(level: int, index: int) -> bytes:
        above, inside = divmod(level, HEIGHT)
        first = index << inside
        body = tile(above, first // WIDTH)
        at = first % WIDTH * SIZE
        body = body[at : at + (SIZE << inside)]
        while len(body) > SIZE:
            body = next_level(body)
        return body

    return hashes


def checked_tile(body: bytes, width: int, *, where: str) -> bytes:
    """Return a hash tile that has its length.

    Raises:
        EvidenceError: It has another one.
    """
    if len(body) != width * SIZE:
        what = f"the tile has {len(body):,} bytes, wanted {width * SIZE:,}"
        raise EvidenceError(what, where=where, fix="restore the log folder from a copy; do not repair it")
    return body


def entries_in(bundle: bytes, n: int, *, where: str) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        EvidenceError: It does not hold exactly `n` entries.
    """
    found, at = [], 0
    while at + 2 <= len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle):
            break
        found.append(bundle[at + 2 : end])
        at = end
    if at != len(bundle) or len(found) != n:
        what = (
            f"the bundle holds {len(found):,} whole entries and {len(bundle) - at:,} other bytes, wanted {n:,} entries"
        )
        raise EvidenceError(what, where=where, fix="restore the log folder from a copy; do not repair it")
    return found
