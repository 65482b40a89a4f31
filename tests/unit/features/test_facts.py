"""Facts are tested through the engine, as detectors get them."""

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.facts import Facts
from truecrowd.features.view import NULL, TYPE_CODES


def facts_of(*, staff=frozenset(), declared=frozenset(), **columns) -> Facts:
    n = len(columns["ts"])
    made = {
        "event_id": pa.array([f"e{at}" for at in range(n)]),
        "ts": pa.array(columns.pop("ts"), pa.timestamp("us", tz="UTC")),
        "event_type": pa.array(columns.pop("event_type", ["comment"] * n)).dictionary_encode(),
        "room_id": pa.array(columns.pop("room_id", ["r"] * n)),
    }
    for name, values in columns.items():
        kind = {"amount_minor": pa.int64(), "value": pa.float64()}.get(name, pa.string())
        column = pa.array(values, kind)
        made[name] = column.dictionary_encode() if name in ("ts_kind", "id_kind") else column
    return observe_all(
        [pa.table(made)], Settings(threads=1), detectors=[], staff=staff, declared=lambda: declared
    ).facts


def at(facts: Facts, name: str, event_type: str = "comment") -> int:
    return int(getattr(facts, name)[0, TYPE_CODES[event_type]])


def test_counts_and_times_are_kept_by_type():
    facts = facts_of(ts=[5, 9, 7], event_type=["join", "join", "like"])

    assert [at(facts, name, "join") for name in ("n", "first", "last")] == [2, 5, 9]
    assert at(facts, "first", "gift") == NULL


@pytest.mark.parametrize(
    ("step", "grain"), [(1_000, 1_000), (3_000_000, 1_000_000), (60_000_000, 60_000_000), (1_001, 1)]
)
def test_the_grain_is_the_coarsest_step_that_divides_all_times(step, grain):
    assert at(facts_of(ts=[step * at for at in range(1, 6)]), "grain_us") == grain


def test_a_few_round_times_are_no_coarse_clock():
    assert at(facts_of(ts=[60_000_000, 120_000_000]), "grain_us") == 1


@pytest.mark.parametrize(("kind", "grain"), [("capture", 2_000_000), ("minute", 60_000_000), ("bound", NULL)])
def test_a_weaker_clock_has_its_own_grain(kind, grain):
    assert at(facts_of(ts=[1, 2, 3], ts_kind=[kind] * 3), "grain_us") == grain


def test_comments_that_come_in_batches_have_the_batch_as_grain():
    ts = [at * 3_000_000 + offset for at in range(25) for offset in (1, 900, 1_800, 4_000)]

    assert at(facts_of(ts=ts), "grain_us") == 2_000_000


def test_busy_but_ragged_seconds_are_no_batches():
    ts = [at * 3_000_000 + offset for at in range(25) for offset in (1, 300_900, 501_800, 904_000)]

    assert at(facts_of(ts=ts), "grain_us") == 1


def test_joins_that_stop_at_a_flat_ceiling_are_sampled():
    ts = [second * 1_000_000 + k * 111_111 for second in range(100) for k in range(5 if second % 3 else 2)]

    assert at(facts_of(ts=ts, event_type=["join"] * len(ts)), "is_sampled", "join")


def test_ragged_joins_are_not_sampled():
    rng = np.random.default_rng(4)
    ts = np.sort(rng.integers(0, 600_000_000, 2_000)).tolist()

    assert not at(facts_of(ts=ts, event_type=["join"] * len(ts)), "is_sampled", "join")


def test_what_the_importer_declares_is_sampled():
    assert at(facts_of(ts=[1], declared=frozenset({("r", "comment")})), "is_sampled")


def test_staff_are_counted_apart():
    facts = facts_of(ts=[1, 2, 3], account_id=["mod", "a", "mod"], staff=frozenset({"mod", "never seen"}))

    assert at(facts, "n_staff") == 2
    assert facts.name("account_id", int(facts.staff[0])) == "mod"
    assert len(facts.staff) == 1


def test_masked_and_guest_ids_are_volume_and_nobody():
    facts = facts_of(ts=[1, 2, 3], account_id=["a", "***", "0"], id_kind=["stable", "masked", "guest"])

    assert at(facts, "n") == 3
    assert at(facts, "n_nobody") == 2
    assert len(facts.accounts) == 1


def test_a_refund_days_later_does_not_lengthen_the_room():
    facts = facts_of(ts=[10, 20, 900_000_000_000], event_type=["join", "order", "refund"], account_id=["a", "a", "a"])

    first, last = facts.span_us()

    assert (first.tolist(), last.tolist()) == ([10], [20])
    assert facts.accounts["last"].tolist() == [20]


def test_the_host_is_the_most_frequent_one():
    facts = facts_of(ts=[1, 2, 3], host_id=["h2", "h1", "h2"])

    assert facts.name("host_id", int(facts.parties["host_id"][0])) == "h2"
    assert facts.parties["merchant_id"].tolist() == [-1]


def test_prompted_is_after_a_prompt_in_the_same_room():
    facts = facts_of(ts=[100, 100], event_type=["prompt", "comment"], room_id=["a", "b"])
    room = np.array([0, 0, 0, 1])
    ts = np.array([99, 100, 160, 120])

    assert facts.is_prompted(room, ts, within_us=50).tolist() == [False, True, False, False]
    assert facts.is_prompted(room, ts, within_us=60).tolist() == [False, True, True, False]


def test_columns_are_there_once_they_are_filled_once():
    facts = facts_of(ts=[1, 2], event_type=["order", "join"], amount_minor=[None, None], host_id=["h", None])

    assert facts.has_column("host_id").tolist() == [True]
    assert facts.has_column("host_id", ("join",)).tolist() == [False]
    assert facts.has_column("amount_minor").tolist() == [False]


def test_money_is_summed_by_type():
    facts = facts_of(ts=[1, 2, 3], event_type=["order", "order", "refund"], amount_minor=[100, 250, 70])

    assert (at(facts, "amount", "order"), at(facts, "amount", "refund")) == (350, 70)
