"""Rules and re-implementations of ours, which need nothing else."""

from collections.abc import Mapping
from itertools import product
from typing import Final

from truecrowd.bench.peers_quality.peer import Level, Material, Peer, Setting
from truecrowd.bench.quality import rivals
from truecrowd.bench.quality.measures import F64

COLUMNS: Final = ("account_id", "asn", "device_model", "ip")
"""What may stand on the other side of an edge to a room."""
TICKS_S: Final = (60.0, 10.0, 30.0, 300.0, 600.0)


def shopee_rule(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Run the order brushing rule."""
    hour_s, least = float(setting["hour_s"]), float(setting["least"])
    return {"order": rivals.shopee_rule(material.seen, material.truth.orders, hour_s=hour_s, least=least)}


def same_text(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Run the rule of one text from several accounts within seconds."""
    span_s, n = float(setting["span_s"]), int(setting["n_accounts"])
    room, account = rivals.same_text(material.seen, material.truth, span_s=span_s, n_accounts=n)
    return {"room": room, "account": account}


def duplicate_share(material: Material, _: Setting) -> Mapping[Level, F64]:
    """Run the raw share of repeated comments."""
    return {"room": rivals.duplicate_share(material.seen, material.truth.rooms)}


def refund_rate(material: Material, _: Setting) -> Mapping[Level, F64]:
    """Run the raw refund rate."""
    return {"room": rivals.refund_rate(material.seen, material.truth.rooms)}


def flock_style(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Run the comparison of start and stay with those of all rooms."""
    room, account = rivals.flock_style(material.seen, material.truth, n_steps=int(setting["n_steps"]))
    return {"room": room, "account": account}


def after_midas(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Run the chi-squared of bursts."""
    column, tick_s = str(setting["column"]), float(setting["tick_s"])
    room, account = rivals.after_midas(material.seen, material.truth, column, tick_s=tick_s)
    return {"room": room, "account": account}


_HOURS: Final[tuple[Setting, ...]] = tuple(
    {"hour_s": hour_s, "least": least}
    for hour_s, least in product(
        (rivals.HOUR_S, 600.0, 1_800.0, 7_200.0, 14_400.0), (rivals.LEAST_CONCENTRATION, 1.2, 1.5, 2.0)
    )
)
_SPANS: Final[tuple[Setting, ...]] = tuple(
    {"span_s": span_s, "n_accounts": n}
    for span_s, n in product((rivals.SAME_TEXT_S, 2.0, 30.0, 60.0, 300.0), (rivals.SAME_TEXT_ACCOUNTS, 2, 3, 10))
)
EDGES: Final[tuple[Setting, ...]] = tuple(
    {"column": column, "tick_s": tick_s} for tick_s, column in product(TICKS_S, COLUMNS)
)
"""Settings of everything that looks at bursts of edges; each tick of the first column first."""
PEERS: Final = (
    Peer(
        "flock_style", "style", "", ("account", "room"), "start, stay",
        tuple({"n_steps": n} for n in (rivals.GRID, *range(2, 20, 2), 24, *range(25, 70, 5))), flock_style,
    ),
    Peer("after_midas", "after", "", ("account", "room"), "(account, asn, model or ip; room; tick)", EDGES, after_midas),
    Peer("same_text", "rule", "", ("account", "room"), "text, time", _SPANS, same_text),
    Peer("duplicate_share", "rule", "", ("room",), "text", ({"share": "raw"},), duplicate_share),
    Peer("refund_rate", "rule", "", ("room",), "orders, refunds", ({"rate": "raw"},), refund_rate),
    Peer("shopee_rule", "rule", "", ("order",), "orders, hour", _HOURS, shopee_rule),
)  # fmt: skip
