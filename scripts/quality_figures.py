"""The figures to reach, and what was measured of each; everything else the page of quality holds."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from quality_report import CHECKS, EVADE, SEEDS, WORLD, Measured, Pool

AP, RECALL_1, RECALL_01 = "average_precision", "recall_at_0.01", "recall_at_0.001"
HONEST = ("clean", "guards")


class Figure(NamedTuple):
    """One row of the table of figures.

    Args:
        name: Its words stand in `quality_page`.
        preset: Where it is measured.
        target: None: there is none, it is printed all the same.
        sign: "≥": the target is the least that reaches it; "≤": the most.
        shown: How it is printed: "share", "per_cent", "seconds" or "count".
        of: Measures it.
    """

    name: str
    preset: str
    target: float | None
    sign: str
    shown: str
    of: Callable[[Pool], dict[str, Any]]


def ranked(name: str, preset: str, target: float | None, block: str, group: str, measure: str) -> Figure:
    """Return a figure that is one cell of the evaluation, the more the better."""
    return Figure(name, preset, target, "≥", "share", lambda pool: pool.mean(preset, block, group, measure))


def bounded(name: str, preset: str, target: float | None, block: str, group: str, measure: str) -> Figure:
    """Return a figure that is one cell of the evaluation, the less the better."""
    return Figure(name, preset, target, "≤", "share", lambda pool: pool.mean(preset, block, group, measure))


def found_rooms(preset: str, said: str, *, is_dirty: bool) -> Figure:
    """Return the part of manufactured, or of honest, rooms of which something is said."""
    name, sign = (f"dirty_{said}", "≥") if is_dirty else (f"rooms_{said}", "≤")
    return Figure(name, preset, None, sign, "per_cent", lambda pool: pool.rooms((preset,), said, is_dirty=is_dirty))


def of_preset(preset: str, least: dict[str, float]) -> tuple[Figure, ...]:
    """Return the figures that are measured for a week and for each price of hiding."""
    return (
        ranked("account_ap", preset, least.get("account_ap"), "account", "any", AP),
        ranked("account_recall_1", preset, least.get("account_recall_1"), "account", "any", RECALL_1),
        ranked("account_recall_01", preset, least.get("account_recall_01"), "account", "any", RECALL_01),
        bounded("share_error", preset, least.get("share_error"), "share", "viewers", "mean_absolute_error"),
        Figure(
            "share_covers", preset, least.get("share_covers"), "≥", "share",
            lambda pool: pool.mean(preset, "share", "viewers", "coverage", ("dirty rooms",)),
        ),
        ranked("share_bias", preset, None, "share", "viewers", "mean_error"),
        bounded("share_width", preset, None, "share", "viewers", "median_width"),
        ranked("order_ap", preset, least.get("order_ap"), "order", "brushing", AP),
        ranked("fleet_f1", preset, least.get("fleet_f1"), "fleet", "any", "b_cubed_f1"),
        ranked("fleet_purity", preset, least.get("fleet_purity"), "fleet", "any", "purity"),
        ranked("account_precision", preset, None, "account", "any", "precision"),
        ranked("account_flagged", preset, None, "account", "any", "recall"),
        ranked("room_auc", preset, None, "room", "any", "auc"),
        ranked("room_recall", preset, None, "room_plain", "any", RECALL_01),
        *(found_rooms(preset, said, is_dirty=is_dirty) for said in ("watch", "high", "alarm") for is_dirty in (True, False)),
    )  # fmt: skip


def goods(by: str) -> Figure:
    """Return how staged stock ranks by a check's own scores."""
    return Figure(
        f"stock_{by}",
        "week",
        None,
        "≥",
        "share",
        lambda pool: pool.mean("week", "product", "staged_stock", AP, (by,)),
    )


def among_honest(name: str, presets: Sequence[str], target: float | None, said: str) -> Figure:
    """Return the part of honest rooms of which something is said."""
    return Figure(name, ", ".join(presets), target, "≤", "per_cent", lambda pool: pool.rooms(presets, said))


def first_alarm(pool: Pool) -> dict[str, Any]:
    """Return the seconds to the farm's first alarm; no value where one seed has none."""
    found = pool.mean("farm20k", "alarm", "farm", "seconds_to_alarm")
    return found | {"value": None, "low": None, "high": None} if None in found["seeds"] else found


FIGURES: tuple[Figure, ...] = (
    *of_preset(
        "week",
        {"account_ap": 0.9, "account_recall_1": 0.9, "account_recall_01": 0.7, "share_error": 0.025, "share_covers": 0.9,
         "order_ap": 0.8, "fleet_f1": 0.75, "fleet_purity": 0.97},
    ),
    ranked("stock_ap", "week", 0.85, "product", "staged_stock", AP), *(goods(by) for by in CHECKS),
    *of_preset("evade/low", {"account_ap": 0.95}),
    *of_preset("evade/mid", {"account_ap": 0.85, "share_error": 0.05, "share_covers": 0.85}),
    *of_preset(
        "evade/high",
        {"account_ap": 0.65, "account_recall_1": 0.55, "share_error": 0.12, "share_covers": 0.85, "order_ap": 0.6},
    ),
    among_honest("rooms_alarm", ("clean",), 0.01, "alarm"), among_honest("rooms_watch", ("clean",), None, "watch"),
    among_honest("rooms_alarm", HONEST, None, "alarm"), among_honest("rooms_watch", HONEST, None, "watch"),
    among_honest("rooms_high", HONEST, None, "high"),
    Figure("accounts_watch", "clean", 0.001, "≤", "per_cent", lambda pool: pool.accounts(("clean",), "watch")),
    Figure("accounts_high", "clean", None, "≤", "per_cent", lambda pool: pool.accounts(("clean",), "high")),
    Figure("worst_role", "clean", 0.01, "≤", "per_cent", lambda pool: worst(roles(pool, ("clean",)), ROLES)),
    Figure("worst_guard", "guards", 0.01, "≤", "per_cent", lambda pool: worst(guards(pool))),
    Figure(
        "farm_alarm", "farm20k", 60.0, "≤", "seconds", first_alarm
    ),
    bounded("calibration_account", "week", None, "calibration", "account", "calibration_error"),
    bounded("calibration_room", "week", None, "calibration", "room", "calibration_error"),
    bounded("calibration_order", "week", None, "calibration", "order", "calibration_error"),
    Figure("at_least_above", "all", 0.01, "≤", "per_cent", lambda pool: pool.above()),
)  # fmt: skip
ROLES = ("staff", "fan", "fan_group", "draw", "deal")
"""Roles of which no more than 1 % may be flagged."""


def roles(pool: Pool, presets: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return by role how many honest accounts are at watch."""
    return {name: pool.accounts(presets, "watch", name) for name in pool.names("accounts", presets)}


def guards(pool: Pool) -> dict[str, dict[str, Any]]:
    """Return by guard family how many of its thin rooms are alarmed."""
    return {name: pool.rooms(("guards",), "alarm", name) for name in pool.names("guards", ("guards",))}


def worst(found: dict[str, dict[str, Any]], names: Sequence[str] = ()) -> dict[str, Any]:
    """Return the largest value with its name, among equals the least certain; of `names` only, where there are any."""
    known = {name: one for name, one in found.items() if one["value"] is not None}
    known = {name: one for name, one in known.items() if not names or name in names}
    if not known:
        return {"value": None, "low": None, "high": None, "n": 0, "seeds": []}
    name = max(known, key=lambda each: (known[each]["value"], known[each].get("high") or 0.0, each))
    return known[name] | {"which": name}


def figures_of(pool: Pool, measured: Sequence[Measured], recorded: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return everything the first half of the page says, as plain JSON values."""
    plan = {name: [one for one in measured if one.job.preset == name] for name in pool.by_preset}
    kinds = ("week", *EVADE)
    schemes = {
        block: {name: {preset: pool.mean(preset, block, name, AP) for preset in kinds}
                for name in sorted({each for preset in kinds for each in pool.schemes(preset, block)})}
        for block in ("room", "account", "order", "product")
    }  # fmt: skip
    families = pool.names("guards", ("guards",))
    return {
        "figures": [
            {"name": one.name, "preset": one.preset, "target": one.target, "sign": one.sign, "shown": one.shown,
             **one.of(pool)}
            for one in FIGURES
        ],
        "schemes": schemes,
        "roles": {name: {preset: pool.accounts((preset,), "watch", name) for preset in HONEST}
                  for name in pool.names("accounts", HONEST)},
        "guards": {name: {said: pool.rooms(("guards",), said, name) for said in ("alarm", "watch", "high")}
                   for name in [*families, "plain"]},
        "recorded": recorded,
        "made": {
            "world": WORLD, "seeds": sorted({one.job.seed for one in measured}) or list(SEEDS),
            **(measured[0].made if measured else {}),
            "presets": {name: {"asked": own[0].job.n_events, "n_events": sum(one.n_events for one in own),
                               "n_rooms": sum(one.n_rooms for one in own),
                               "audit_s": round(sum(one.seconds[1] for one in own) / len(own), 1)}
                        for name, own in plan.items()},
        },
    }  # fmt: skip
