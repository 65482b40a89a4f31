"""Features of rooms: the detectors' own scores of a room, and what they said of its accounts and orders."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.verdict.features import FAMILIES, Examined, Features, features_of
from truecrowd.verdict.fusion import Fused
from truecrowd.verdict.mixture import emq, histogram
from truecrowd.verdict.schemes import SEEN_BY

OF_ACCOUNTS: Final = ("farm", "popularity", "troupe", "likes", "organised", "any")
"""Schemes that what is seen of the accounts speaks for."""
OF_ORDERS: Final = ("brushing", "reviews", "any")
"""Schemes that what is seen of the orders speaks for."""
MARGIN: Final = 2.0
"""Standard errors taken off a share before it counts: a thin room must not score high by chance."""


def room_features(
    seen: Sequence[Examined], facts: Facts, accounts: tuple[Features, Fused], orders: tuple[Features, Fused]
) -> Features:
    """Return the features of all rooms.

    Beside the detectors' scores of rooms: "accounts_<family>" and "orders_<family>", the share of the room's accounts
    (orders) that the family's evidence alone explains as manufactured, less its margin; and "findings_<family>", how
    many detectors of the family have a finding in the room.
    """
    own = features_of("room", seen, facts)
    values, weak, family = dict(own.values), dict(own.weak), dict(own.family)
    for kind, (features, fused) in (("accounts", accounts), ("orders", orders)):
        for place, letter in enumerate(FAMILIES):
            if any(features.family[name] == place for name in fused.parts):
                name = f"{kind}_{letter}"
                values[name] = _share(features, fused, place, facts.n_rooms)
                family[name], weak[name] = place, np.zeros(facts.n_rooms, np.bool_)
    for place, letter in enumerate(FAMILIES):
        name = f"findings_{letter}"
        values[name] = _findings(seen, letter, facts.n_rooms)
        family[name], weak[name] = place, np.zeros(facts.n_rooms, np.bool_)
    return Features("room", own.room, own.subject, values, weak, family, own.looked)


def seen_by(features: Features, scheme: str) -> Features:
    """Return the features that can speak for one scheme; all of them for `any`."""
    if scheme == "any":
        return features
    names = [name for name in features.values if name in SEEN_BY[scheme]]
    names += [name for name in features.values if name.startswith("accounts_") and scheme in OF_ACCOUNTS]
    names += [name for name in features.values if name.startswith("orders_") and scheme in OF_ORDERS]
    return Features(
        features.kind, features.room, features.subject, {name: features.values[name] for name in names},
        {name: features.weak[name] for name in names}, {name: features.family[name] for name in names},
        features.looked,
    )  # fmt: skip


def _share(features: Features, fused: Fused, place: int, n_rooms: int) -> np.ndarray:
    says = features.looked[:, place]
    room, nats = features.room[says], fused.families[says, place]
    share = emq(histogram(room, nats, None, n_rooms))
    n = np.bincount(room, minlength=n_rooms)
    error = np.sqrt(np.maximum(share * (1 - share), 0) / np.maximum(n, 1) + 1.0 / np.maximum(n, 1) ** 2)
    moves = np.bincount(room, nats != 0.0, n_rooms) > 0  # where nobody was moved, the search stays where it starts
    return np.where((n > 0) & moves, np.maximum(share - MARGIN * error, 0.0), np.nan)


def _findings(seen: Sequence[Examined], letter: str, n_rooms: int) -> np.ndarray:
    out = np.full(n_rooms, np.nan)
    for detector, look, said in seen:
        if detector.family == letter and not detector.is_exact:
            out[look.looks] = np.nan_to_num(out[look.looks])
            rooms = np.unique([finding.room for finding in said.findings]).astype(np.int64)
            out[rooms] = np.nan_to_num(out[rooms]) + 1.0
    return out


def size_of(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), viewers: accounts with an id of their own, staff left out."""
    others = facts.people
    return np.bincount(others["room_id"], minlength=facts.n_rooms)


def cells_of(seen: Sequence[Examined], n_rooms: int) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
    """Return by "<detector>/<cell>" the counts k and n of every room; n = 0 where nothing was counted."""
    out = {}
    for detector, _, said in seen:
        for counts in said.counts:
            k, n = np.zeros(n_rooms, np.int64), np.zeros(n_rooms, np.int64)
            k[counts.room], n[counts.room] = counts.k, counts.n
            out[f"{detector.name}/{counts.name}"] = k, n
    return out
