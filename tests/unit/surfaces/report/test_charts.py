"""Charts: counts keep their proportion, nothing is drawn where there is nothing, bytes are stable."""

import re

from truecrowd.surfaces.report import charts


def test_a_slice_is_as_high_as_its_count() -> None:
    svg = charts.plot([{"band": "unremarkable", "n": [0, 20, 40, 0]}])

    assert 'd="M1 40V20h1V0h1V40h-1V40h-1z"' in svg


def test_bands_stand_on_each_other() -> None:
    svg = charts.plot([{"band": "unremarkable", "n": [10]}, {"band": "automated", "n": [30]}])

    assert re.findall(r'class="tc-band-(\w+)" d="([^"]+)"', svg) == [
        ("unremarkable", "M0 40V30h1V40h-1z"),
        ("automated", "M0 30V0h1V30h-1z"),
    ]


def test_a_lone_event_beside_a_crowd_can_still_be_seen() -> None:
    svg = charts.plot([{"band": "unremarkable", "n": [1, 0, 100_000]}])

    assert "M0 40V39.2h1" in svg


def test_a_plot_of_nothing_is_empty() -> None:
    assert "<path" in charts.plot([{"band": "unremarkable", "n": [0, 0]}])
    assert "M" not in re.findall(r' d="([^"]*)"', charts.plot([{"band": "unremarkable", "n": [0, 0]}]))[0]


def test_moments_are_told_from_the_rest() -> None:
    svg = charts.moments([10, 10, 10, 10], [(0.5, 0.51)])

    assert re.findall(r'tc-band-(\w+)" d="M(\d)', svg) == [("quiet", "0"), ("loud", "2")]


def test_the_strip_shows_the_worst_band_of_a_slice_with_its_texture() -> None:
    series = [
        {"measure": "viewers", "band": "unremarkable", "n": [1, 1, 0, 1]},
        {"measure": "viewers", "band": "undetermined", "n": [0, 1, 0, 0]},
    ]

    svg = charts.strip(series)

    assert re.findall(r'class="tc-band-(\w+)" x="([\d.]+)%"', svg) == [
        ("unremarkable", "0"),
        ("undetermined", "25"),
        ("unremarkable", "75"),
    ]
    assert svg.count("tc-texture-") == 3


def test_a_few_of_a_slice_do_not_colour_it_and_half_of_one_measure_does() -> None:
    series = [
        {"measure": "viewers", "band": "unremarkable", "n": [99, 50]},
        {"measure": "viewers", "band": "automated", "n": [1, 50]},
        {"measure": "orders", "band": "undetermined", "n": [0, 900]},
    ]

    svg = charts.strip(series)

    assert re.findall(r'class="tc-band-(\w+)"', svg) == ["unremarkable", "automated"]


def test_an_estimate_is_solid_up_to_its_lower_end_and_marked_where_it_stands() -> None:
    svg = charts.estimate(0.5, 0.4, 0.7)

    assert re.findall(r'class="tc-(\w+)" x="([\d.]+)%?"[^>]*? width="([\d.]+)%?"', svg) == [
        ("rest", "0", "100"), ("maybe", "40", "30"), ("made", "0", "40"), ("mark", "50", "3"),
    ]  # fmt: skip
    assert "tc-mark" not in charts.estimate(None, 0.0, 1.0)


def test_marks_fall_on_round_times() -> None:
    seen: list[float] = []

    def label(at: float) -> str:
        seen.append(at)
        return "x"

    charts.axis(3 * 3600, 19 * 3600 + 600, label)

    assert seen == [1200, 3000, 4800, 6600, 8400, 10200]


def test_close_numbers_stand_in_different_lanes() -> None:
    svg = charts.flags([(1, 0.5), (2, 0.505), (3, 0.8)])

    assert re.findall(r'cy="(\d+)"', svg) == ["50", "30", "50"]


def test_a_bar_shows_its_part_of_the_whole() -> None:
    svg = charts.parts_of_whole([25], 100)

    assert 'class="tc-part" x="0%" y="0" width="25%"' in svg
