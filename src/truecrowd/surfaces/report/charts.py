"""Pictures drawn as SVG text: no script, no style attribute, the same bytes each time.

A plot stretches to the width it is given; words and numbers stand outside the stretched part, so they keep their size.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from markupsafe import Markup

HEIGHT: Final = 40
LANES: Final = 3
"""Rows in which the numbers above a plot may stand, so that close ones do not cover each other."""
_LANE_GAP: Final = 4.0
"""Least distance of two numbers in one lane, percent of the width: 14 px on a phone."""
_TICKS_S: Final = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)
_MOST_TICKS: Final = 6
_ORDER: Final = ("unremarkable", "undetermined", "organised", "automated")
"""Bands from the mildest to the worst."""


def plot(series: Sequence[Mapping[str, Any]], windows: Sequence[tuple[float, float]] = ()) -> "Markup":
    """Return one measure over time: the bands stacked, findings' windows shaded behind.

    Args:
        series: Entries of the document's timeline for one measure; all `n` of equal length.
        windows: Start and end of findings, as shares of the length, 0 to 1.
    """
    n_slices = len(series[0]["n"])
    top = max((sum(counts) for counts in zip(*(one["n"] for one in series), strict=True)), default=0) or 1
    below = [0] * n_slices
    parts = [
        f'<rect class="tc-window" x="{num(start * n_slices)}" y="0" width="{num(max((end - start) * n_slices, 0.6))}" '
        f'height="{HEIGHT}"/>'
        for start, end in windows
    ]
    for one in series:
        parts.append(f'<path class="tc-band-{one["band"]}" d="{_steps(one["n"], below, HEIGHT / top)}"/>')
        below = [a + b for a, b in zip(below, one["n"], strict=True)]
    box = f'viewBox="0 0 {n_slices} {HEIGHT}" preserveAspectRatio="none"'
    return svg("tc-plot", box, parts)


def moments(counts: Sequence[int], windows: Sequence[tuple[float, float]]) -> "Markup":
    """Return one measure over time, the slices that a finding touches told apart from the rest."""
    n = len(counts)
    inside = [any(start * n < at + 1 and end * n > at for start, end in windows) for at in range(n)]
    loud = [count if within else 0 for count, within in zip(counts, inside, strict=True)]
    quiet = [0 if within else count for count, within in zip(counts, inside, strict=True)]
    return plot([{"band": "quiet", "n": quiet}, {"band": "loud", "n": loud}])


def _steps(counts: Sequence[int], below: Sequence[int], scale: float) -> str:
    """Return the path of filled steps; slices without anything are left out."""
    parts = []
    at = 0
    while at < len(counts):
        if not counts[at]:
            at += 1
            continue
        first, tops = at, []
        while at < len(counts) and counts[at]:
            low, high = HEIGHT - below[at] * scale, HEIGHT - (below[at] + counts[at]) * scale
            tops.append((low, min(high, low - 0.8)))
            at += 1
        forth = "".join(f"V{num(high)}h1" for _, high in tops)
        back = "".join(f"V{num(low)}h-1" for low, _ in reversed(tops))
        parts.append(f"M{first} {num(tops[0][0])}{forth}{back}z")
    return "".join(parts)


def strip(series: Sequence[Mapping[str, Any]]) -> "Markup":
    """Return the bands in a row under the plots, by texture as well as colour.

    A slice shows the worst band that half or more of one measure's counts in it are of: one account does not colour it.
    """
    n_slices = len(series[0]["n"])
    bands = [_band(series, at) for at in range(n_slices)]
    parts = []
    for start, end in _runs(bands):
        if bands[start]:
            box = f'x="{num(100 * start / n_slices)}%" y="0" width="{num(100 * (end - start) / n_slices)}%" height="10"'
            parts.append(f'<rect class="tc-band-{bands[start]}" {box}/>')
            parts.append(f'<rect class="tc-texture-{bands[start]}" {box}/>')
    return svg("tc-strip", 'width="100%" height="10"', parts)


def _band(series: Sequence[Mapping[str, Any]], at: int) -> str:
    whole: dict[str, int] = {}
    for one in series:
        whole[one["measure"]] = whole.get(one["measure"], 0) + one["n"][at]
    there = [one["band"] for one in series if one["n"][at] and 2 * one["n"][at] >= whole[one["measure"]]]
    return max(there, key=_ORDER.index, default="")


def _runs(values: Sequence[str]) -> list[tuple[int, int]]:
    edges = [at for at in range(len(values)) if at == 0 or values[at] != values[at - 1]]
    return list(zip(edges, [*edges[1:], len(values)], strict=True))


def axis(n_seconds: float, first_s: float, label: Callable[[float], str]) -> "Markup":
    """Return marks and times under a plot.

    Args:
        n_seconds: Length of the plot.
        first_s: Seconds of its start since midnight in the zone shown, so that marks fall on round times.
        label: Text of a mark, given seconds since the start.
    """
    step = next((step for step in _TICKS_S if n_seconds <= step * _MOST_TICKS), _TICKS_S[-1])
    at, parts = -first_s % step, []
    while at <= n_seconds:
        place = 100 * at / n_seconds
        anchor = "start" if place < 4 else "end" if place > 96 else "middle"
        parts.append(f'<line x1="{num(place)}%" x2="{num(place)}%" y1="0" y2="5"/>')
        parts.append(f'<text x="{num(place)}%" y="18" text-anchor="{anchor}">{label(at)}</text>')
        at += step
    return svg("tc-axis", 'width="100%" height="22"', parts)


def flags(places: Sequence[tuple[int, float]]) -> "Markup":
    """Return numbers in circles above a plot.

    Args:
        places: Number and place as a share of the length, 0 to 1, in order of place.
    """
    last = [-100.0] * LANES
    parts = []
    for number, place in places:
        x = min(max(100 * place, 1.5), 98.5)
        lane = next((lane for lane in range(LANES) if x - last[lane] >= _LANE_GAP), LANES - 1)
        last[lane] = x
        y = 10 + 20 * (LANES - 1 - lane)
        parts.append(f'<circle cx="{num(x)}%" cy="{y}" r="9"/><text x="{num(x)}%" y="{y + 4}">{number}</text>')
    n_lanes = max((lane + 1 for lane in range(LANES) if last[lane] > -100), default=0)
    shift = -20 * (LANES - n_lanes)
    group = f'<g transform="translate(0 {shift})">{"".join(parts)}</g>'
    return svg("tc-flags", f'width="100%" height="{20 * n_lanes}"', [group])


def parts_of_whole(counts: Sequence[int], whole: int) -> "Markup":
    """Return one bar: the parts that stand out, then the rest."""
    at, parts = 0.0, []
    for n in counts:
        width = 100 * n / max(whole, 1)
        parts.append(f'<rect class="tc-part" x="{num(at)}%" y="0" width="{num(max(width, 0.4))}%" height="14"/>')
        at += width
    rest = '<rect class="tc-rest" x="0" y="0" width="100%" height="14"/>'
    return svg("tc-bar", 'width="100%" height="14"', [rest, *parts])


def estimate(share: float | None, low: float, high: float) -> "Markup":
    """Return one bar of a whole: solid up to the interval's lower end, paler up to its upper end.

    Args:
        share: Where the mark of the estimate stands; None: the interval is too wide for one.
        low: Lower end of the interval, 0 to 1.
        high: Its upper end.
    """
    width = num(max(100 * (high - low), 0.4))
    parts = [
        '<rect class="tc-rest" x="0" y="0" width="100%" height="10"/>',
        f'<rect class="tc-maybe" x="{num(100 * low)}%" y="0" width="{width}%" height="10"/>',
        f'<rect class="tc-made" x="0" y="0" width="{num(100 * low)}%" height="10"/>',
    ]
    if share is not None:
        parts.append(f'<rect class="tc-mark" x="{num(min(100 * share, 99.6))}%" y="-2" width="3" height="14"/>')
    return svg("tc-estimate", 'width="100%" height="10"', parts)


def svg(name: str, box: str, parts: Sequence[str]) -> "Markup":
    """Return the parts as one picture; `box` holds its size."""
    from markupsafe import Markup

    text = f'<svg class="{name}" {box} aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    return Markup(text)  # noqa: S704 - numbers and our own words; text from the data never gets here


def num(value: float) -> str:
    """Return a number as SVG has it, two digits behind the point at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
