"""Who sees which scheme (detectors.md 3), the whole catalogue: what is not built yet could not look."""

from collections.abc import Mapping
from typing import Final

SEEN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "farm": (
        "stay_shape", "burst_join", "action_order", "unprompted_wave", "young_accounts", "address_collisions",
        "phone_mix", "even_gaps", "co_arrival", "shared_lines",
    ),
    "popup": ("popup_chain", "even_gaps"),
    "likes": ("bare_likes", "even_gaps", "unprompted_wave", "young_accounts", "address_collisions", "phone_mix"),
    "popularity": ("stay_shape", "young_accounts", "address_collisions", "phone_mix", "co_arrival"),
    "troupe": ("co_arrival", "action_order", "unprompted_wave", "stay_shape", "even_gaps"),
    "brushing": (
        "repeat_buyers", "refund_shape", "order_path", "co_arrival", "young_accounts", "address_collisions",
        "phone_mix",
    ),
    "reviews": ("praise_length", "co_arrival", "shared_lines", "order_path", "repeat_buyers"),
    "staged_stock": ("stock_balance", "broken_promise"),
    "false_limited": ("broken_promise",),
    "inflated_count": ("online_balance",),
    "organised": ("unprompted_wave", "action_order", "co_arrival"),
}  # fmt: skip
"""By scheme, the detectors that can see it."""

ONE_FAMILY: Final = frozenset({"staged_stock", "false_limited", "inflated_count"})
"""Schemes that one family settles: arithmetic, or a statement that stops at watch anyway."""
