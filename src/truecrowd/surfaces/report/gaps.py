"""What the data could not tell: checks that could not look, rows that could not be read, files as they were read."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

SHOWN_FILES: Final = 50
"""Most input files listed one by one; the table has all of them."""
BINS: Final = ("n_read", "n_kept", "n_merged", "n_duplicate", "n_skipped", "n_rejected")


def gaps_of(coverage: pa.Table) -> list[dict[str, Any]]:
    """Return why checks could not look, or only by a weaker reading: most checks first.

    Each entry: reason (code), mode (null where it could not look at all), detectors, n_rooms.
    """
    groups: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for row in coverage.to_pylist():
        is_full = row["looked"] and row["mode"] in (None, "full")
        if not is_full:
            mode = row["mode"] if row["looked"] else ""
            detectors, rooms = groups.setdefault((row["reason"] or "", mode), (set(), set()))
            detectors.add(row["detector"])
            rooms.add(row["room_id"])
    rows = [
        {"reason": reason or None, "mode": mode or None, "detectors": sorted(detectors), "n_rooms": len(rooms)}
        for (reason, mode), (detectors, rooms) in sorted(groups.items())
    ]
    return sorted(rows, key=lambda row: (row["mode"] is not None, -len(row["detectors"])))


def imports_of(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Return the keys `imports`, `n_files`, `bins`, `sampled`, `rejects` of the document."""
    rows = tables["imports"].to_pylist()
    rejects: dict[tuple[str, str], list[int]] = {}
    for source, reason, row in zip(
        *(tables["rejects"][name].to_pylist() for name in ("source", "reason", "row")), strict=True
    ):
        rejects.setdefault((source, reason), []).append(row)
    return {
        "n_files": len(rows),
        "imports": [_file(row) for row in rows[:SHOWN_FILES]],
        "bins": {name: sum(row[name] for row in rows) for name in BINS},
        "sampled": sorted(
            {
                row["event_type"]
                for row in tables["import_counts"].to_pylist()
                if row["is_sampled"] and row["event_type"]
            }
        ),
        "rejects": [
            {"source": source, "reason": reason, "n": len(at), "first_row": min(at)}
            for (source, reason), at in sorted(rejects.items(), key=lambda item: (-len(item[1]), item[0]))
        ][:SHOWN_FILES],
    }


def _file(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("source", "sha256", "format", "version", "encoding", "tz", "tz_from", "id_kind", "ts_kind", "is_sampled")
    return {name: row[name] for name in (*names, *BINS)}
