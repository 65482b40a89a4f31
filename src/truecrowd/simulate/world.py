"""What a world must say about honest people and about those who are paid: names and units, no values.

Values live in one `world_<name>.py` each, so that no two worlds share a number by accident.
A weight is relative; a share is 0 to 1; a sigma is that of the natural logarithm (log-normal).
"""

from dataclasses import dataclass

Weights = tuple[tuple[str, float], ...]
"""Names with relative weights."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When honest viewers come."""

    warm_up_s: float
    """From opening to the first product; fewer people come before it. Seconds."""
    warm_up_rate: float
    """Arrival rate during the warm-up, relative to later."""
    minute_shape: float
    """Gamma shape of the rate of one minute; small is ragged, infinite is Poisson."""
    repeat_share: float
    """Part of the accounts that come a second time."""
    repeat_gap_min_s: float
    """Least time between leaving and coming back. Seconds."""
    repeat_gap_median_s: float
    """Median of what comes on top of the least time. Seconds."""
    repeat_gap_sigma: float
    sources: Weights
    """Why viewers came (`traffic_source`)."""


@dataclass(frozen=True, slots=True)
class Stay:
    """How long honest viewers stay: a mixture of glancing, watching and settling in."""

    weights: tuple[float, float, float]
    medians_s: tuple[float, float, float]
    sigmas: tuple[float, float, float]
    lost_leave_share: float
    """Part of the leave events that never arrive."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What honest viewers write, and when."""

    commenter_share: float
    """Part of the visits in which something is written."""
    once_share: float
    """Part of the commenting visits that hold one comment."""
    more_tail: float
    """Pareto exponent of the number of further comments; smaller is heavier."""
    more_max: int
    """Most comments in one visit."""
    gap_median_s: float
    gap_sigma: float
    heat_shape: float
    """Gamma shape of the talkativeness of one minute (comments are doubly stochastic)."""
    heat_memory: float
    """How much of a minute's heat the next one keeps, 0 to 1."""
    phrase_share: float
    """Part of the comments that come from the phrase table."""
    english_share: float
    prompts_per_hour: float
    answer_share: float
    """Part of those present who answer a prompt."""
    answer_median_s: float
    answer_sigma: float


@dataclass(frozen=True, slots=True)
class Acts:
    """What else honest viewers do, as parts of the visits in which it happens."""

    like_share: float
    streaks_mean: float
    """Like events of a visit with likes; one event is a streak of taps."""
    taps_median: float
    taps_sigma: float
    follow_share: float
    club_share: float
    badge_share: float
    gift_share: float
    share_share: float


@dataclass(frozen=True, slots=True)
class Phones:
    """Which phones and clients honest viewers use."""

    models: tuple[tuple[str, float, int], ...]
    """Model, weight, newest major OS version it runs."""
    os_lag_mean: float
    """Mean of how many major versions an owner is behind (geometric)."""
    apps: Weights


@dataclass(frozen=True, slots=True)
class Networks:
    """Where honest events come from. All addresses lie in 10.0.0.0/8, all AS numbers are private."""

    mobile_share: float
    """Part of the viewers behind a mobile operator's shared addresses (CGNAT)."""
    mobile_addresses: int
    """How many addresses the shared pool of a room's audience holds."""
    mobile_tail: float
    """Zipf exponent of how viewers spread over the shared addresses."""
    asns: tuple[tuple[int, float], ...]
    n_regions: int
    region_tail: float
    """Zipf exponent of how viewers spread over regions."""


@dataclass(frozen=True, slots=True)
class Ages:
    """How old honest accounts are."""

    median_days: float
    sigma: float
    young_share: float
    """Part of the accounts younger than three days."""


@dataclass(frozen=True, slots=True)
class Shop:
    """From a look at the cart to a refund."""

    n_products: int
    slot_s: float
    """How long the host shows one product. Seconds."""
    price_low_minor: int
    price_high_minor: int
    """Range of list prices, minor units (fen)."""
    live_discount: float
    """Price in the room as part of the list price."""
    click_share: float
    """Part of the visits with a look at a product."""
    on_air_share: float
    """Part of the looks that go to the product being shown."""
    popup_share: float
    """Part of the looks followed by "going to buy"."""
    order_share: float
    """Part of the "going to buy" that end in an order."""
    quantities: tuple[float, ...]
    """Weights of 1, 2, 3 ... items in an order."""
    unpaid_share: float
    unpaid_after_s: float
    """When the platform cancels an unpaid order and releases its items. Seconds."""
    pay_median_s: float
    pay_sigma: float
    ship_hours: tuple[float, float]
    deliver_days: tuple[float, float]
    refund_shares: Weights
    """Part of the paid orders refunded, by category of goods."""
    early_refund_share: float
    """Part of the refunds asked for before shipping."""
    late_refund_days: tuple[float, float]
    """After delivery."""
    review_share: float
    """Part of the delivered orders reviewed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the platform and the collector do to the truth."""

    online_multiple: float
    """Shown online count as a multiple of the true one."""
    online_noise: float
    """Relative error of the shown count."""
    every_s: float
    """Time between two stats events. Seconds."""
    bare_share: float
    """Part of the events that lack device and network."""


@dataclass(frozen=True, slots=True)
class Crowds:
    """Honest crowds that look guilty, as parts of the ordinary audience unless a count."""

    fan_share: float
    fan_stay_median_s: float
    n_staff: int
    raid_share: float
    raid_within_s: float
    """Time in which nearly all of a raid arrives. Seconds."""
    draw_share: float
    """Accounts that come for a prize draw only."""
    draw_answer_share: float
    """Part of those present who answer a draw."""
    deal_share: float
    """Accounts that come for a limited offer only."""


@dataclass(frozen=True, slots=True)
class Farm:
    """Rows of phones that act on command."""

    models: tuple[tuple[str, int, str], ...]
    """Model, OS version, client version: all phones of a row alike."""
    join_within_s: float
    order_within_s: float
    """Time in which all have carried out one command (follow, like, badge). Seconds."""
    order_every_s: float
    gap_s: tuple[float, float]
    """Range of the time between two lines of one account. Seconds."""
    gap_jitter_s: float
    talker_share: float
    age_days: tuple[float, float]
    """Range of the age of a batch of accounts."""
    batch_hours: float
    """Time in which one batch was registered."""
    batch_size: int


@dataclass(frozen=True, slots=True)
class Troupe:
    """People paid by the hour."""

    arrive_within_s: float
    step_median_s: float
    """Time between two steps of the routine. Seconds."""
    step_sigma: float
    line_gap_median_s: float
    line_gap_sigma: float
    stay_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Brushing:
    """Orders placed to be seen, then taken back."""

    n_addresses: int
    """Delivery addresses and payment accounts the buyers share."""
    refund_share: float
    refund_days: tuple[float, float]
    pay_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class World:
    """Everything assumed about people, phones, shops and those who fake them."""

    name: str
    arrivals: Arrivals
    stay: Stay
    talk: Talk
    acts: Acts
    phones: Phones
    networks: Networks
    ages: Ages
    shop: Shop
    shown: Shown
    crowds: Crowds
    farm: Farm
    troupe: Troupe
    brushing: Brushing
