"""Small pictures of values with intervals, drawn as SVG text: no script, no style attribute, the same bytes each time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

    from truecrowd.bench.quality.cells import Cell

SIZE = 260
"""Side of the reliability picture, px."""


def whisker(one: "Cell", most: float, *, is_good: bool = False) -> "Markup":
    """Return a value as a dot and its interval as a line, from 0 to `most`.

    Args:
        one: A cell with a value.
        most: Right end of the scale.
        is_good: Whether more is better; it decides the colour.
    """
    assert one.value is not None
    at, low, high = (_percent(x, most) for x in (one.value, one.low, one.high))
    kind = "good" if is_good else "bad" if one.value > 0.0 else "none"
    parts = ['<line class="ev-base" x1="0" x2="100%" y1="9" y2="9"/>']
    if low is not None and high is not None:
        parts.append(f'<line class="ev-range ev-{kind}" x1="{low}%" x2="{high}%" y1="9" y2="9"/>')
    parts.append(f'<circle class="ev-dot ev-{kind}" cx="{at}%" cy="9" r="5"/>')
    return _svg("ev-whisker", 'width="100%" height="18"', parts)


def reliability(bins: Sequence[tuple[float, "Cell"]]) -> "Markup":
    """Return observed against stated parts, both 0 to 1; a dot's area grows with its rows."""
    inner, edge = SIZE - 40, 30
    parts = [f'<rect class="ev-frame" x="{edge}" y="10" width="{inner}" height="{inner}"/>']
    parts.append(f'<line class="ev-ideal" x1="{edge}" y1="{10 + inner}" x2="{edge + inner}" y2="10"/>')
    total = sum(one.n for _, one in bins) or 1
    for stated, one in bins:
        if one.value is None:
            continue
        x, y = edge + stated * inner, 10 + (1.0 - one.value) * inner
        if one.low is not None and one.high is not None:
            top, bottom = 10 + (1.0 - one.high) * inner, 10 + (1.0 - one.low) * inner
            parts.append(f'<line class="ev-range ev-good" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>')
        radius = 3.0 + 7.0 * (one.n / total) ** 0.5
        parts.append(f'<circle class="ev-dot ev-good" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
    for share in (0.0, 0.5, 1.0):
        x, y = edge + share * inner, 10 + (1.0 - share) * inner
        parts.append(f'<text x="{x:.0f}" y="{SIZE - 12}" text-anchor="middle">{share:g}</text>')
        parts.append(f'<text x="{edge - 6}" y="{y + 4:.0f}" text-anchor="end">{share:g}</text>')
    return _svg("ev-reliability", f'viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}"', parts)


def scale_of(cells: Sequence["Cell"], least: float = 0.05) -> float:
    """Return a round right end that holds every value and interval of some cells."""
    top = max((x for one in cells for x in (one.value, one.high) if x is not None), default=0.0)
    return next((step for step in (0.05, 0.1, 0.2, 0.5, 1.0) if max(top, least) <= step), top)


def _percent(value: float | None, most: float) -> str | None:
    return None if value is None else f"{100.0 * min(max(value / most, 0.0), 1.0):.2f}".rstrip("0").rstrip(".")


def _svg(name: str, box: str, parts: Sequence[str]) -> "Markup":
    from markupsafe import Markup

    text = f'<svg class="{name}" {box} aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    return Markup(text)  # noqa: S704 - numbers and our own words only
