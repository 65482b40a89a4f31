"""Print how often the brand's intervals hold, and how often honest rooms show a lower bound, over invented worlds.

Run: python scripts/figures_coverage.py [worlds] [seed]. Nothing here is read from a user's data or from simulated rooms: orders
are drawn straight from what is then known to be true of them.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from truecrowd.brand import bounds
from truecrowd.brand.figures import Cell, Scene, by_state, refunds, returns
from truecrowd.brand.orders import BEFORE_SHIPPING, KEPT, NEVER, ON_THE_WAY, Orders
from truecrowd.brand.sessions import Session

HOUR_US = 3_600_000_000
AGES_H = {"1h": 1, "24h": 24, "72h": 72, "7d": 168, "15d": 360}
PLACED_US = 1_785_000_000_000_000


@dataclass(frozen=True)
class Law:
    """How one merchant's buyers order and give back."""

    n_buyers: int
    more_orders: float
    rate: float
    alike: float
    delay_h: float
    ship_h: float
    days: float
    money_sigma: float = 0.5


def laws(rng: np.random.Generator, n: int) -> list[Law]:
    """Return `n` different laws: 30 to 250 buyers, 5 to 90 % given back, buyers more or less alike."""
    return [
        Law(
            n_buyers=int(rng.integers(30, 250)), more_orders=float(rng.uniform(0, 1.0)), rate=float(rng.uniform(0.05, 0.9)),
            alike=float(rng.choice([0.8, 2.0, 8.0, 50.0])), delay_h=float(rng.uniform(6, 120)),
            ship_h=float(rng.uniform(6, 48)), days=float(rng.uniform(3, 40)),
        )
        for _ in range(n)
    ]  # fmt: skip


def drawn(law: Law, rng: np.random.Generator, n_buyers: int | None = None, *, paired: bool = True) -> Orders:
    """Return the orders of one room; without `paired` every order is its own buyer's decision."""
    n_each = 1 + rng.poisson(law.more_orders, n_buyers or law.n_buyers)
    buyer = np.repeat(np.arange(len(n_each)), n_each)
    n = len(buyer)
    chance = rng.beta(law.alike * law.rate, law.alike * (1 - law.rate), len(n_each))[buyer] if paired else law.rate
    gives = rng.random(n) < chance
    paid = PLACED_US + rng.integers(0, 4 * HOUR_US, n)
    shipped = paid + (rng.gamma(2.0, law.ship_h / 2, n) * HOUR_US).astype(np.int64)
    back = paid + (rng.gamma(1.2, law.delay_h / 1.2, n) * HOUR_US).astype(np.int64)
    as_of = np.full(n, PLACED_US + round(law.days * 24 * HOUR_US))
    return framed(
        buyer,
        paid,
        np.where(shipped < as_of, shipped, NEVER),
        np.where(gives & (back < as_of), back, NEVER),
        as_of,
        rng,
        law,
    )


def framed(
    buyer: np.ndarray, paid: np.ndarray, shipped: np.ndarray, back: np.ndarray, as_of: np.ndarray,
    rng: np.random.Generator, law: Law,
) -> Orders:  # fmt: skip
    """Return a frame of orders that were paid when placed."""
    n, no, zero = len(buyer), np.zeros(len(buyer), np.bool_), np.zeros(len(buyer), np.int64)
    amount = np.round(np.exp(rng.normal(9.0, law.money_sigma, n))).astype(np.int64)
    is_back, never = back < NEVER, np.full(n, NEVER)
    shipped = np.where(is_back & (back < shipped), NEVER, shipped)
    state = np.where(is_back, np.where(shipped == NEVER, BEFORE_SHIPPING, ON_THE_WAY), KEPT)
    return Orders(
        room=zero, order=np.arange(n), product=zero, buyer=buyer, traffic=zero - 1, currency=zero, amount=amount,
        paid_amount=amount, back_amount=np.where(is_back, amount, 0), has_amount=~no, quantity=zero + 1, n_lines=zero + 1,
        placed=paid, paid=paid, shipped=shipped, delivered=never, back=back, closed=never, is_bound=no,
        is_placed_bound=no, state=state, reason=zero, is_by_merchant=no, is_paid=~no, is_kept=~is_back, is_final=no,
        as_of=as_of, has_ship=~no,
    )  # fmt: skip


def cells(orders: Orders, seed: int) -> Mapping[str, Cell]:
    """Return the figures with intervals, by measure."""
    session = Session(
        "r", 0, 1, np.arange(len(orders)), None, None, (), is_in_scope=True, is_room=True, has_audience=False
    )
    scene = Scene(orders, session, None, {0: "CNY"}, has_refunds=True, rng=np.random.default_rng(seed))
    return {cell.measure: cell for part in (refunds, by_state, returns) for cell in part(scene)}


def truth(law: Law, rng: np.random.Generator) -> Mapping[str, float]:
    """Return what is true of a law, from 200,000 of its buyers."""
    many = drawn(law, rng, 200_000)
    found = {
        "refunded_share": float(many.is_returned.mean()),
        "back_before_shipping": float((many.state == BEFORE_SHIPPING).mean()),
    }
    r = np.bincount(many.buyer, many.is_returned)
    found["returned_per_returning_buyer"] = float(r.sum() / (r > 0).sum())
    whole = drawn(Law(**{**law.__dict__, "days": 400.0}), rng, 200_000)
    for name, hours in AGES_H.items():
        early = whole.is_returned & (whole.back - whole.paid <= hours * HOUR_US)
        found[f"refund_{name}"] = found[f"refund_{name}_money"] = float(early.mean())
    return found


def coverage(n_worlds: int, seed: int) -> Iterator[str]:
    """Yield one line a measure: how often the interval holds the truth, with its cluster interval, and its median width."""
    rng = np.random.default_rng(seed)
    held: dict[str, list[bool]] = {}
    width: dict[str, list[float]] = {}
    by_world: list[float] = []
    for law in laws(rng, max(n_worlds // 20, 1)):
        true = truth(law, rng)
        for _ in range(20):
            found, here = cells(drawn(law, rng), int(rng.integers(2**31))), []
            for name, value in true.items():
                cell = found[name]
                if np.isnan(cell.low):
                    continue
                here.append(cell.low - 1e-9 <= value <= cell.high + 1e-9)
                held.setdefault(name, []).append(here[-1])
                width.setdefault(name, []).append(cell.high - cell.low)
            by_world.append(float(np.mean(here)))
    for name, each in held.items():
        half = 1.96 * float(np.std(each)) / len(each) ** 0.5
        yield f"{name:32} {np.mean(each):.4f} +- {half:.4f}  width {np.median(width[name]):.3f}  n {len(each)}"
    half = 1.96 * float(np.std(by_world)) / len(by_world) ** 0.5
    yield f"{'all, clustered by world':32} {np.mean(by_world):.4f} +- {half:.4f}  worlds {len(by_world)}"


def honest(n_rooms: int, seed: int) -> Iterator[str]:
    """Yield one line a family: honest rooms of one merchant that show a lower bound against its other rooms."""
    rng = np.random.default_rng(seed)
    for sigma in (0.0, 0.1, 0.2, 0.3):
        for rate in (0.05, 0.2, 0.4, 0.65, 0.9):
            shown = [_bound(rng, rate, sigma, 0.0) for _ in range(n_rooms)]
            yield f"honest, rate {rate:.2f}, rooms differ by {sigma:.1f} logits: {sum(x > 0 for x in shown)} of {n_rooms} show at_least > 0"


def found(n_rooms: int, seed: int) -> Iterator[str]:
    """Yield how often brushed orders that all come back give a lower bound, and how often it lies above the truth."""
    rng = np.random.default_rng(seed)
    for rate in (0.1, 0.2, 0.3):
        for share in (0.3, 0.5):
            got = [_bound(rng, rate, 0.1, share) for _ in range(n_rooms)]
            hit, above = np.mean([x > 0 for x in got]), np.mean([x > share for x in got])
            yield f"brushed {share:.0%} of 300 orders, rooms at {rate:.0%}: found {hit:.3f}, above the truth {above:.4f}"


def _bound(rng: np.random.Generator, rate: float, sigma: float, brushed: float) -> float:
    """Return the excess of one room against three others of the same merchant, whose rates differ by sigma logits."""
    centre = np.log(rate / (1 - rate))
    rooms = []
    for at in range(4):
        own = 1 / (1 + np.exp(-(centre + sigma * rng.standard_normal())))
        n = 600 if at or not brushed else round(300 * (1 - brushed))
        law = Law(n, 0.15, own, 8.0, 10.0, 40.0, 30.0)
        orders = drawn(law, rng)
        rooms.append(orders)
    if brushed:
        n = round(len(rooms[0]) / (1 - brushed) * brushed)
        fake = drawn(Law(n, 0.0, 0.9999, 50.0, 6.0, 40.0, 30.0), rng)
        fake = Orders(*(getattr(fake, name) if name != "buyer" else fake.buyer + 10**6 for name in fake.__slots__))
        fake = _unseen(fake)
        rooms[0] = Orders(*(np.concatenate([getattr(rooms[0], name), getattr(fake, name)]) for name in fake.__slots__))
    others = [bounds.baseline_of(one) for one in rooms[1:]]
    return bounds.excess(rooms[0], others, has_refunds=True).value


def _unseen(orders: Orders) -> Orders:
    """Return the orders all back within hours, none of them shipped."""
    values = {name: getattr(orders, name) for name in orders.__slots__}
    back = np.minimum(np.where(orders.back < NEVER, orders.back, orders.paid + HOUR_US), orders.paid + 20 * HOUR_US)
    n = len(orders)
    values |= {
        "back": back, "shipped": np.full(n, NEVER), "state": np.full(n, BEFORE_SHIPPING), "is_kept": np.zeros(n, np.bool_),
        "back_amount": orders.amount,
    }  # fmt: skip
    return Orders(**values)


def main(arguments: list[str]) -> int:
    """Print everything."""
    n, seed = int(arguments[0]) if arguments else 2_000, int(arguments[1]) if len(arguments) > 1 else 0
    for lines in (coverage(n, seed), honest(min(300, n), seed), found(min(300, n), seed)):
        for line in lines:
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
