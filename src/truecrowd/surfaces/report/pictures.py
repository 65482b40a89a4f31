"""What the charts show: a room's timeline, and a small picture for each line of "What was seen"."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from truecrowd.schema import MEASURES
from truecrowd.surfaces.report import charts, rasters, words
from truecrowd.surfaces.report.phrases import Short
from truecrowd.surfaces.report.times import moment

if TYPE_CHECKING:
    from markupsafe import Markup

SHOWS: Final[Mapping[str, str]] = {
    "burst_join": "viewers",
    "popup_chain": "popups",
    "repeat_buyers": "orders",
    "stay_shape": "viewers",
    "action_order": "comments",
    "unprompted_wave": "comments",
    "bare_likes": "likes",
    "order_path": "orders",
    "refund_shape": "orders",
    "online_balance": "viewers",
    "stock_balance": "orders",
    "broken_promise": "orders",
    "even_gaps": "comments",
}
"""Measure in which a detector's findings can be seen over time."""


def timeline(room: Mapping[str, Any], where: tzinfo) -> dict[str, Any] | None:
    """Return the parts of a room's timeline for the template: rows of plots, strip, axis, flags, bands, table."""
    line = room["timeline"]
    if line is None:
        return None
    flags = [{**flag, "place": _place(line, flag["start"]), "window": _window(line, flag)} for flag in room["flags"]]
    rows = []
    for measure in (name for name in MEASURES if any(one["measure"] == name for one in line["series"])):
        series = [one for one in line["series"] if one["measure"] == measure]
        counts = [sum(slices) for slices in zip(*(one["n"] for one in series), strict=True)]
        windows = [flag["window"] for flag in flags]
        rows.append(
            {
                "name": words.word(words.SERIES, measure),
                "total": sum(counts),
                "peak": Short(max(counts)),
                "plot": charts.plot(series, windows),
                "counts": counts,
            }
        )
    return {
        "rows": rows,
        "strip": charts.strip(line["series"]),
        "axis": _axis(line, where),
        "flags": charts.flags([(flag["number"], flag["place"]) for flag in flags]) if flags else None,
        "bands": _bands(room),
        "slices": _slices(line, where, [row["counts"] for row in rows]),
        "step_s": line["step_s"],
    }


def _bands(room: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return the bands of a room with their words; where nothing could look, none of it was seen."""
    there = {one["band"] for one in room["timeline"]["series"]}
    bands: list[tuple[str, object]] = [(band, name) for band, name in words.BANDS.items() if band in there]
    return bands if room["n_looked"] else [(band, words.LEVELS["undetermined"]) for band, _name in bands]


def _seconds(line: Mapping[str, Any], iso: str) -> float:
    return (datetime.fromisoformat(iso) - datetime.fromisoformat(line["start"])).total_seconds()


def _place(line: Mapping[str, Any], iso: str) -> float:
    return min(max(_seconds(line, iso) / _seconds(line, line["end"]), 0.0), 1.0)


def _window(line: Mapping[str, Any], flag: Mapping[str, Any]) -> tuple[float, float]:
    return _place(line, flag["start"]), _place(line, flag["end"])


def _axis(line: Mapping[str, Any], where: tzinfo) -> "Markup":
    first = moment(line["start"], where)
    since_midnight = first.hour * 3600 + first.minute * 60 + first.second
    is_seconds = _seconds(line, line["end"]) < 300

    def label(at: float) -> str:
        second = round(since_midnight + at) % 86_400
        text = f"{second // 3600:02}:{second // 60 % 60:02}"
        return f"{text}:{second % 60:02}" if is_seconds else text

    return charts.axis(_seconds(line, line["end"]), since_midnight, label)


def _slices(line: Mapping[str, Any], where: tzinfo, columns: list[list[int]]) -> list[tuple[str, list[int]]]:
    first = moment(line["start"], where).timestamp()
    out = []
    for at, counts in enumerate(zip(*columns, strict=True)):
        if any(counts):
            start = datetime.fromtimestamp(first + at * line["step_s"], where)
            out.append((f"{start:%H:%M:%S}", list(counts)))
    return out


def fleet_picture(fleet: Mapping[str, Any], where: tzinfo) -> dict[str, Any] | None:
    """Return who of a fleet was there from when to when, beside others of the same room; None without visits."""
    one = fleet["raster"]
    if one is None:
        return None
    length_s = _seconds(one, one["end"])
    return {
        "room_id": one["room_id"],
        "rows": rasters.pictures(fleet, length_s),
        "axis": _axis(one, where) if length_s else None,
    }


def picture(room: Mapping[str, Any], group: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the small picture of one detector's findings in a room: the room's own evening, the moments shaded."""
    measure, line = SHOWS.get(group["detector"]), room["timeline"]
    if measure is None or line is None:
        return None
    series = [one for one in line["series"] if one["measure"] == measure]
    if not series:
        return None
    windows = [
        (_place(line, one["start"]), _place(line, one["end"]))
        for one in group["findings"]
        if one["start"] and one["end"]
    ]
    counts = [sum(slices) for slices in zip(*(one["n"] for one in series), strict=True)]
    return {"name": words.word(words.SERIES, measure), "svg": charts.moments(counts, windows)}
