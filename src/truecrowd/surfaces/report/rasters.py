"""Who was there from when to when, as a picture: a line an account, time from left to right."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from truecrowd.surfaces.report import charts

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH: Final = 1000
"""Units across a picture; it stretches to the width it is given."""
LEAST: Final = 3.0
"""Least length of a line, units: who was seen once is seen in the picture too."""


def raster(spans: Sequence[Sequence[float]], length_s: float, band: str) -> "Markup":
    """Return one line an account from first to last sight, in the order given.

    Args:
        spans: First and last sight of each account, seconds.
        length_s: Seconds across the picture.
        band: Whose colour: automated, organised, unremarkable.
    """
    parts = []
    for at, (first, last) in enumerate(spans):
        x = WIDTH * first / max(length_s, 1.0)
        width = max(WIDTH * (last - first) / max(length_s, 1.0), LEAST)
        x = min(x, WIDTH - LEAST)
        parts.append(f"M{charts.num(x)} {at}.2h{charts.num(min(width, WIDTH - x))}v.6H{charts.num(x)}z")
    box = f'viewBox="0 0 {WIDTH} {max(len(spans), 1)}" preserveAspectRatio="none" height="{3 * len(spans) + 1}"'
    return charts.svg("tc-raster", box, [f'<path class="tc-band-{band}" d="{"".join(parts)}"/>'])


def pictures(fleet: Mapping[str, Any], length_s: float) -> list[tuple[str, int, int, "Markup"]]:
    """Return the members' picture and the others': "members" or "others", how many are drawn, how many there are."""
    one = fleet["raster"]
    rows = (("members", one["n_members"], fleet["kind"]), ("others", one["n_others"], "unremarkable"))
    return [(key, len(one[key]), n, raster(one[key], length_s, band)) for key, n, band in rows if one[key]]
