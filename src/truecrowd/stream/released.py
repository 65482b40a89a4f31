"""Rooms whose memory was released: their rows of every table as they were then, and what came for them afterwards."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.schema import TABLES, ordered

REASON: Final = "released"
"""Coverage of a room for which events came after its memory was released."""
_KEPT: Final = ("coverage", "scores", "findings", "verdicts", "shares", "alarms", "timeline", "kpis", "promises")
"""Tables whose rows name their room."""


class Released:
    """Tables of released rooms, in files of the state folder, in memory without one.

    Args:
        folder: State folder; None: memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: list[dict[str, pa.Table]] = []
        self._n_files = 0
        self.rooms: dict[str, None] = {}
        self.n_after: Counter[str] = Counter()

    def add(self, rooms: Mapping[str, None], tables: Mapping[str, pa.Table], stay: pa.Array) -> None:
        """Keep the rows of rooms that are released now.

        Args:
            rooms: Their names.
            tables: All tables as they are now.
            stay: Accounts that are seen in other rooms as well: fleets that have one are looked at again later.
        """
        gone = pa.array([*rooms], pa.string())
        part = {name: tables[name].filter(pc.is_in(tables[name]["room_id"], gone)) for name in _KEPT}
        fleets = tables["fleets"]
        open_ids = fleets.filter(pc.is_in(fleets["account_id"], stay))["fleet_id"]
        part["fleets"] = fleets.filter(pc.invert(pc.is_in(fleets["fleet_id"], open_ids.combine_chunks())))
        is_theirs = pc.and_(
            pc.equal(tables["verdicts"]["subject_type"], "fleet"), pc.is_null(tables["verdicts"]["room_id"])
        )
        closed = pc.is_in(tables["verdicts"]["subject_id"], part["fleets"]["fleet_id"].combine_chunks())
        part["verdicts"] = pa.concat_tables([part["verdicts"], tables["verdicts"].filter(pc.and_(is_theirs, closed))])
        if self._folder is None:
            self._held.append(part)
        else:
            self._write(part, self._folder / f"released-{self._n_files + 1:06d}")
            self._n_files += 1
        self.rooms |= rooms

    @staticmethod
    def _write(part: Mapping[str, pa.Table], folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        for name, rows in part.items():
            with (folder / f"{name}.arrow").open("wb") as file:
                with pa.ipc.new_file(file, rows.schema) as writer:
                    writer.write_table(rows)
                file.flush()
                os.fsync(file.fileno())

    def without(self, rows: pa.Table) -> pa.Table:
        """Return the rows of rooms that are not released; the others are counted."""
        if not self.rooms:
            return rows
        is_gone = pc.is_in(rows["room_id"], pa.array([*self.rooms], pa.string()))
        if not pc.any(is_gone).as_py():
            return rows
        for found in pc.value_counts(rows.filter(is_gone)["room_id"]).to_pylist():
            self.n_after[found["values"]] += found["counts"]
        return rows.filter(pc.invert(is_gone))

    def joined(self, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        """Return the tables with the rows of released rooms in their places."""
        out = dict(tables)
        for name in (*_KEPT, "fleets"):
            parts = [part for at in range(self._n_files) for part in self._read(at + 1, name)]
            parts += [held[name] for held in self._held]
            if parts:
                out[name] = ordered(pa.concat_tables([out[name], *parts]), TABLES[name])
        if self.n_after:
            out["coverage"] = self._told(out["coverage"])
        return out

    def _read(self, number: int, name: str) -> list[pa.Table]:
        assert self._folder is not None
        with pa.OSFile(str(self._folder / f"released-{number:06d}" / f"{name}.arrow")) as file:
            return [pa.ipc.open_file(file).read_all()]

    def _told(self, coverage: pa.Table) -> pa.Table:
        """Say in the coverage of a room that events came which were not looked at."""
        is_late = pc.is_in(coverage["room_id"], pa.array([*self.n_after], pa.string()))
        is_in_part = pc.and_(is_late, coverage["looked"])
        for name in ("reason", "mode"):
            column = pc.if_else(is_in_part, pa.scalar(REASON), coverage[name])
            coverage = coverage.set_column(coverage.schema.get_field_index(name), coverage.schema.field(name), column)
        return coverage

    def dump(self) -> dict[str, Any]:
        """Return what has to be stored, as plain JSON values."""
        return {"n_files": self._n_files, "rooms": [*self.rooms], "n_after": self.n_after}

    def load(self, kept: Mapping[str, Any]) -> None:
        """Take up what was stored."""
        self._n_files = kept["n_files"]
        self.rooms, self.n_after = dict.fromkeys(kept["rooms"]), Counter(kept["n_after"])
