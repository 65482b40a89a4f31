"""Verdicts about rooms: one row for every scheme, and `any`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.reference import Reference
from truecrowd.schema import SCHEMES
from truecrowd.verdict.accounts import ENOUGH, REASON_NATS, Subjects
from truecrowd.verdict.features import FAMILIES, Examined, Features
from truecrowd.verdict.fusion import Fused, Fusion
from truecrowd.verdict.levels import (
    CLEAR,
    CRITICAL,
    CRITICAL_SHARE,
    HIGH,
    ORDER,
    UNDETERMINED,
    WATCH,
    WATCH_P,
    capped,
    is_critical,
    levels,
    probability,
)  # fmt: skip
from truecrowd.verdict.rooms import OF_ACCOUNTS, seen_by
from truecrowd.verdict.schemes import ONE_FAMILY, SEEN_BY
from truecrowd.verdict.signs import P_BREACH, Row, Sign, worst_of

AT_MOST_WATCH: Final = ("organised", "inflated_count")
"""Schemes that are never above watch: organised is not fake, and a shown count proves nothing alone."""
ALL: Final = (*SCHEMES, "any")
WIDE: Final = 0.5
"""Upper end of the share of viewers above which silence is no answer: half of them may be manufactured for all we know."""
LEAST_VIEWERS: Final = 20
"""Fewest viewers of a room before silence of statistics says anything. Guess: below it a farm of ten would not show."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What is concluded of every room, by scheme.

    Args:
        features: Of the rooms.
        fused: By scheme, nats; schemes without a trained fusion are absent.
        p: By scheme, shape (rooms,).
        p_value: By scheme, share of honest rooms that look as much so, NaN where too few are known.
        level: By scheme, places in `levels.ORDER`, before findings.
        shape_alone: By scheme, shape (rooms,), bool: nothing but family S speaks, and only simulated rooms say what
            honest shapes are.
    """

    features: Features
    fused: Mapping[str, Fused]
    p: Mapping[str, np.ndarray]
    p_value: Mapping[str, np.ndarray]
    level: Mapping[str, np.ndarray]
    shape_alone: Mapping[str, np.ndarray]


def fused_rooms(features: Features, fusions: Mapping[str, Fusion]) -> dict[str, Fused]:
    """Return by scheme the nats of all rooms, for every scheme that a fusion was trained for."""
    return {
        scheme: fusions[f"room/{scheme}"].fuse(seen_by(features, scheme))
        for scheme in ALL
        if f"room/{scheme}" in fusions
    }


def conclude(
    features: Features, fused: Mapping[str, Fused], size: np.ndarray, at_least: np.ndarray, reference: Reference | None,
    families: Mapping[str, np.ndarray],
) -> Rooms:  # fmt: skip
    """Return what the nats alone say of every room, before findings.

    Args:
        features: Of the rooms.
        fused: By scheme.
        size: Shape (rooms,), viewers.
        at_least: Shape (rooms,), lower bound of the share, NaN where there is none.
        reference: Honest rooms; None: nothing to hold a room against.
        families: By scheme, shape (rooms, 4), bool: families of its detectors that looked.
    """
    p, p_value, level, alone = {}, {}, {}, {}
    is_simulated = reference is not None and reference.is_simulated
    thin = size < LEAST_VIEWERS
    for scheme in ALL:
        looked = families[scheme]
        enough = 1 if scheme in ONE_FAMILY else 2
        if scheme not in fused:
            p[scheme] = p_value[scheme] = np.full(len(features), np.nan)
            alone[scheme] = np.full(len(features), is_simulated)
            is_clear = (looked.sum(axis=1) >= enough) & (~thin | (scheme in ONE_FAMILY))
            level[scheme] = np.where(is_clear, CLEAR, UNDETERMINED)
            continue
        one = fused[scheme]
        p[scheme] = np.where(looked.any(axis=1), probability(one.total), np.nan)
        p_value[scheme] = _p_value(reference, scheme, one.total, size)
        found = levels(one.total, one.families, np.nan_to_num(p[scheme]), looked, enough=enough)
        if reference is not None and not reference.is_simulated:
            grave = is_critical(one.total, one.families, p[scheme]) & (np.nan_to_num(at_least) >= CRITICAL_SHARE)
            found = np.where((found == HIGH) & grave, CRITICAL, found)
        found = capped(found, p_value[scheme])
        others = np.delete(one.families, FAMILIES.index("S"), axis=1)
        alone[scheme] = np.asarray((others < 1.0).all(axis=1) & is_simulated)
        found = np.where(alone[scheme] & (found >= WATCH), UNDETERMINED, found)
        found = np.where((found == CLEAR) & thin & (scheme not in ONE_FAMILY), UNDETERMINED, found)
        level[scheme] = np.minimum(found, WATCH) if scheme in AT_MOST_WATCH else found
    quiet = level["any"] < WATCH
    for scheme in SCHEMES:  # a scheme speaks where the whole does: eleven looks at a room are not eleven chances
        level[scheme] = np.where(quiet & (level[scheme] >= WATCH), level["any"], level[scheme])
    return Rooms(features, fused, p, p_value, level, alone)


def _p_value(reference: Reference | None, scheme: str, total: np.ndarray, size: np.ndarray) -> np.ndarray:
    if reference is None:
        return np.full(len(total), np.nan)
    return reference.p_value(f"nats/{scheme}", total, size)


def families_of(seen: Sequence[Examined], n_rooms: int) -> dict[str, np.ndarray]:
    """Return by scheme (`any` too) shape (rooms, 4), bool: families of its detectors that looked."""
    out = {scheme: np.zeros((n_rooms, len(FAMILIES)), np.bool_) for scheme in ALL}
    for detector, look, _ in seen:
        place = FAMILIES.index(detector.family)
        for scheme in ALL:
            if scheme == "any" or detector.name in SEEN_BY[scheme] or detector.scheme == scheme:
                out[scheme][:, place] |= look.looks
    return out


def rows_of(
    rooms: Rooms, signs: Sequence[Sign], facts: Facts, accounts: Subjects, looked: Mapping[str, np.ndarray],
    size: np.ndarray, whole: Mapping[str, np.ndarray], reference_id: str | None,
) -> list[Row]:  # fmt: skip
    """Return VERDICTS rows of all rooms.

    Args:
        rooms: What the nats say.
        signs: All findings.
        facts: For the names.
        accounts: What moved the accounts, for the reasons.
        looked: As `families_of` returns it.
        size: Shape (rooms,), viewers.
        whole: "share", "share_low", "share_high", "at_least" of viewers, shape (rooms,), for `any`.
        reference_id: Of the reference that was used.
    """
    found: dict[tuple[str, str], list[Sign]] = {}
    for sign in signs:
        found.setdefault((sign.room_id, sign.scheme), []).append(sign)
        found.setdefault((sign.room_id, "any"), []).append(sign)
    pull = _pull(accounts, facts.n_rooms)
    rows: list[Row] = []
    for code, room in enumerate(facts.names["room_id"].to_pylist()):
        worst = CLEAR
        for scheme in ALL:
            here = found.get((room, scheme), [])
            level, p, reasons = _one(rooms, code, scheme, here, looked[scheme][code], pull)
            worst = max(worst, level)
            if scheme == "any" and level < worst and worst >= WATCH:  # no room is milder than what was seen in it
                level, reasons = worst, reasons or ["sum"]
            if level == CLEAR and scheme in OF_ACCOUNTS and whole["share_high"][code] > WIDE:
                level, reasons = UNDETERMINED, ["wide_share"]
            row: Row = {
                "subject_type": "room", "subject_id": room, "room_id": room, "scheme": scheme, "level": ORDER[level],
                "p_manufactured": p, "n": int(size[code]) or None, "reasons": reasons,
                "reference_id": reference_id if scheme in rooms.fused else None,
                "p_value": _number(rooms.p_value[scheme][code]),
            }  # fmt: skip
            if scheme == "any":
                if whole["share_high"][code] == 1.0 > whole["share"][code] == whole["at_least"][code]:
                    row["reasons"] = [*reasons, "unknown_pattern"]
                row |= {name: _number(column[code]) for name, column in whole.items()}
            rows.append(row)
    return rows


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _one(
    rooms: Rooms, code: int, scheme: str, found: Sequence[Sign], looked: np.ndarray, pull: Mapping[str, np.ndarray]
) -> tuple[int, float | None, list[str]]:
    level, p = int(rooms.level[scheme][code]), _number(rooms.p[scheme][code])
    named = sorted({sign.detector for sign in found})
    exact = ORDER.index(worst_of(found))
    if exact >= HIGH:
        if scheme in AT_MOST_WATCH:
            return WATCH, p, named
        return max(exact, level), max(P_BREACH, p or 0.0), [*named, "exact"]
    if _is_shape(rooms, code, scheme, found):
        return UNDETERMINED, p, [*named, "shape_alone"]
    if found and level < WATCH:  # one finding is worth watching, unless honest rooms show as much
        usual = rooms.p_value["any"][code]
        if np.isnan(usual) or usual <= 0.01:
            return WATCH, p, [*named, "one_finding"]
        return level, p, [*named, "usual_in_reference"]
    if level >= WATCH:
        return level, p, _reasons(rooms, code, scheme, named, pull)
    if not looked.any():
        return UNDETERMINED, None, ["not_looked"]
    few = "few_families" if looked.sum() < ENOUGH else "few_viewers"
    return level, p, [few] if level == UNDETERMINED else []


def _is_shape(rooms: Rooms, code: int, scheme: str, found: Sequence[Sign]) -> bool:
    """Say whether something would be worth watching and only shape speaks for it, against simulated rooms."""
    if not rooms.shape_alone[scheme][code] or any(sign.family != "S" for sign in found):
        return False
    return bool(found) or (scheme in rooms.fused and bool(rooms.p[scheme][code] >= WATCH_P))


def _reasons(rooms: Rooms, code: int, scheme: str, named: Sequence[str], pull: Mapping[str, np.ndarray]) -> list[str]:
    parts = (
        {name: float(nats[code]) for name, nats in rooms.fused[scheme].parts.items()} if scheme in rooms.fused else {}
    )
    strong = [name for name, nats in sorted(parts.items(), key=lambda item: (-item[1], item[0])) if nats >= REASON_NATS]
    out = list(named)
    for name in strong:
        kind, _, letter = name.partition("_")
        if kind in ("accounts", "orders", "findings") and letter in FAMILIES:
            own = {d: nats[code] for d, nats in pull.items() if kind == "accounts" and nats[code] > 0}
            out += [d for d in sorted(own, key=lambda d: (-own[d], d))[:3] if d not in out]
        elif name not in out:
            out.append(name)
    return out or ["sum"]


def _pull(accounts: Subjects, n_rooms: int) -> dict[str, np.ndarray]:
    """Return by detector what it adds to the accounts of each room that are likely manufactured, nats in all."""
    room = accounts.features.room
    return {
        name: np.bincount(room, np.maximum(nats, 0.0) * accounts.p, n_rooms).round(3)
        for name, nats in accounts.fused.parts.items()
    }
