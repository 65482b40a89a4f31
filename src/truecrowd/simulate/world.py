"""What a world must say about honest people and about those who are paid: names and units, no values.

Values live in one `world_<name>.py` each, so that no two worlds share a number by accident.
A weight is relative; a share is 0 to 1; a sigma is that of the natural logarithm (log-normal).
"""

from dataclasses import dataclass, replace

from truecrowd.simulate.laws import Law

Weights = tuple[tuple[str, float], ...]
"""Names with relative weights."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When honest viewers come."""

    warm_up_s: float
    """From opening to the first product; fewer people come before it. Seconds."""
    warm_up_rate: float
    """Arrival rate during the warm-up, relative to later."""
    minute: Law
    """Rate of one minute relative to the others; a narrow law is Poisson, a wide one ragged."""
    pushes_per_hour: float
    """How often the platform recommends the room for three minutes."""
    push_factor: float
    """How many times as many come during such a push."""
    repeat_share: float
    """Part of the accounts that come a second time."""
    repeat_gap_min_s: float
    """Least time between leaving and coming back. Seconds."""
    repeat_gap: Law
    """What comes on top of the least time. Seconds."""
    sources: Weights
    """Why viewers came (`traffic_source`)."""


@dataclass(frozen=True, slots=True)
class Stay:
    """How long honest viewers stay: a mixture, e.g. of glancing, watching and settling in."""

    parts: tuple[tuple[float, Law], ...]
    """Relative weights and laws, seconds."""
    lost_leave_share: float
    """Part of the leave events that never arrive."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What honest viewers write, and when."""

    commenter_share: float
    """Chance that something is written in a visit as long as `settle_s`; longer ones come near twice as much."""
    settle_s: float
    """Stay after which people are halfway to their greatest readiness to write. Seconds."""
    once_share: float
    """Part of the commenting visits that hold one comment."""
    more_tail: float
    """Pareto exponent of the number of further comments; smaller is heavier."""
    more_max: int
    """Most comments in one visit."""
    gap: Law
    """Between two comments of one account before the visit's end cuts them. Seconds."""
    heat: Law
    """Talkativeness of one minute (comments are doubly stochastic)."""
    heat_memory: float
    """How much of a minute's heat the next one keeps, 0 to 1."""
    phrase_share: float
    """Part of the comments that come from the phrase table."""
    phrase_tail: float
    """Zipf exponent of how often each phrase is used."""
    copy_share: float
    """Part of the comments that repeat what was just said."""
    english_share: float
    tier_share: float
    """Part of the free lines that follows the size of the host: bargaining, praise, or "666"."""
    prompts_per_hour: float
    answer_share: float
    """Part of those present who answer a prompt."""
    answer: Law
    """From the prompt to the answer. Seconds."""
    slow_modes_s: tuple[float, ...]
    """Least time between two comments of one account, one of which each room draws; 0 is no slow mode."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is written in this world. Free lines are numbered placeholders; `{n}`, `{a}`, `{b}` take their numbers."""

    phrases: tuple[str, ...]
    topics: tuple[str, ...]
    asks: tuple[str, ...]
    line: str
    foreign: str
    bargain: str
    """What crowds of small hosts say: they ask for a better price."""
    praise: str
    """What crowds of hosts with half a million fans say: bought, works well."""
    title: str
    """Of a product; `{a}` is one of `goods`, `{n}` its number."""
    staff_line: str
    staff: tuple[str, ...]
    review: str
    paid_review: str
    """Praise of fifteen characters or more, as ordered."""
    sayings: tuple[tuple[str, str], ...]
    """What host, platform and crowd say in set words, by the keys of `talk.SAYINGS`; `{}` takes a number."""
    goods: tuple[tuple[str, tuple[str, ...]], ...]
    """Titles by category."""


@dataclass(frozen=True, slots=True)
class Acts:
    """What else honest viewers do, as parts of the visits in which it happens."""

    like_share: float
    streaks_mean: float
    """Like events of a visit with likes; one event is a streak of taps."""
    taps: Law
    """Taps of one streak, rounded up, at most 3,000."""
    follow_share: float
    club_share: float
    badge_share: float
    gift_share: float
    share_share: float


@dataclass(frozen=True, slots=True)
class Phones:
    """Which phones and clients honest viewers use."""

    models: tuple[tuple[str, float, int, int], ...]
    """Model, weight, newest major OS version it runs, price in yuan."""
    os_lag_mean: float
    """Mean of how many major versions an owner is behind (geometric)."""
    apps: Weights


@dataclass(frozen=True, slots=True)
class Networks:
    """Where honest events come from. All addresses lie in 10.0.0.0/8, all AS numbers are private."""

    sharing: str
    """How addresses are shared: `zipf` (one pool), `blocks` (a pool for each operator, evenly), `homes` (a pool, and
    the rest in households)."""
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

    days: Law
    young_share: float
    """Part of the accounts younger than three days."""


@dataclass(frozen=True, slots=True)
class Shop:
    """From a look at the cart to a refund."""

    n_products: int
    slot_s: float
    """How long the host shows one product. Seconds."""
    price_yuan: Law
    """List prices, yuan."""
    price_ending_minor: int
    """List prices end in this many fen."""
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
    pay: Law
    """From order to payment. Seconds."""
    ship_hours: Law
    deliver_days: Law
    refund_shares: Weights
    """Part of the paid orders refunded, by category of goods."""
    early_refund_share: float
    """Part of the refunds asked for before shipping."""
    late_refund_days: Law
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
class Guards:
    """How strong each honest lookalike is; shares are of those present or of the ordinary audience."""

    storm_share: float
    """Part of those present who send a storm gift's phrase with one tap."""
    storm: Law
    """From the storm's start to a tap. Seconds."""
    command_share: float
    """Part of those present who type the same command."""
    celebrity_factor: float
    """A guest's followers as a multiple of the ordinary audience."""
    link_share: float
    """Who comes by a link shared elsewhere."""
    paid_share: float
    """Who comes by an official promotion, from one or two regions and of one age band."""
    young_share: float
    """Who comes by a new-user campaign, registered within the last three days."""
    school_share: float
    """Who comes in a school break, from one network, on the hour."""
    campus_share: float
    """Part of the audience behind one shared address."""
    subsidised_share: float
    """Part of the audience on one subsidised model."""
    older_share: float
    """Part of the audience on the three cheapest models with old systems."""
    release_share: float
    """Part of the audience that has the system released that day."""
    reader_share: float
    """Part of the audience that uses a screen reader."""
    price_error_share: float
    """Who hurries in when a price is wrong by a zero, and orders."""
    packet_share: float
    """Who comes for a red packet and types its words."""
    commanded_share: float
    """Part of those present who type 666 when told."""
    slogan_share: float
    """Fans who paste one slogan nobody was seen asking for."""
    outage_share: float
    """Part of those present whom an outage throws out and who come back."""
    sampled_per_s: float
    """Joins a platform delivers at most, each second."""
    tick_s: float
    """Grain of a recorder's clock. Seconds."""
    masked_names: int
    """Shown names that everybody shares."""
    unseen_join_share: float
    """Part of the joins never delivered."""
    burst_factor: float
    """Busiest minute as a multiple of the others."""
    refund_share: float
    """Of paid orders, in an honest room with very many refunds."""
    long_line: int
    """Characters a long comment has at least."""


@dataclass(frozen=True, slots=True)
class Farm:
    """Rows of phones that act on command."""

    models: tuple[tuple[str, int, str], ...]
    """Model, OS version, client version: all phones of a row alike."""
    waves: tuple[tuple[float, float], ...]
    """Parts of the farm and how long after the start they come. Seconds."""
    join_within_s: float
    steps: tuple[str, ...]
    """Commands carried out in this order (event types)."""
    order_within_s: float
    """Time in which all have carried out one command. Seconds."""
    order_every_s: float
    gap_s: tuple[float, float]
    """Range of the time between two lines of one account. Seconds."""
    gap_jitter_s: float
    round_robin: bool
    """Whether one timer makes the accounts speak in turn, instead of each having its own."""
    address_run: bool
    """Whether the farm's addresses follow one another."""
    talker_share: float
    age_days: tuple[float, float]
    """Range of the age of a batch of accounts."""
    batch_hours: float
    """Time in which one batch was registered."""
    batch_size: int
    n_regions: int


@dataclass(frozen=True, slots=True)
class Troupe:
    """People paid by the hour."""

    arrive_s: tuple[float, float]
    """First and last arrival after the opening. Seconds."""
    steps: tuple[str, ...]
    """The routine, after coming by a link or code (event types)."""
    step: Law
    """Time between two steps of the routine. Seconds."""
    line_gap: Law
    stay_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Brushing:
    """Orders placed to be seen, then taken back."""

    n_addresses: int
    """Delivery addresses and payment accounts the buyers share."""
    within_s: float
    """Time in which the orders are placed. Seconds."""
    refund_share: float
    refund_days: tuple[float, float]
    pay_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Prices:
    """What manufactured crowds cost, yuan."""

    farm_500: float
    """500 interacting accounts for `farm_hours`."""
    farm_hours: float
    popups_3h: float
    likes_2000: float
    viewers_100: float
    """100 viewers for a day."""
    person_hour: float
    review: float
    brushed_order: float
    """Fee for one brushed order, its goods not counted."""
    premiums: tuple[float, float, float, float, float]
    """What each level of quality adds: naive, free, and three that cost more (0.25 is a quarter)."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything assumed about people, phones, shops and those who fake them."""

    name: str
    arrivals: Arrivals
    stay: Stay
    talk: Talk
    words: Words
    words_en: Words
    """What is said in rooms in English."""
    english_room_share: float
    """Part of the hosts (where hosts have several rooms) or rooms that speak English, 0 to 1."""
    acts: Acts
    phones: Phones
    networks: Networks
    ages: Ages
    shop: Shop
    shown: Shown
    crowds: Crowds
    guards: Guards
    farm: Farm
    troupe: Troupe
    brushing: Brushing
    prices: Prices

    def speaking(self, language: str) -> "World":
        """Return the world as it is in rooms in a language, `zh` or `en`."""
        return replace(self, words=self.words_en) if language == "en" else self
