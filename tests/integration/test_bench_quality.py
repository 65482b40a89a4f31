"""A tiny comparison in its own process: whoever is installed is measured, whoever is not stays in the table."""

import importlib.util

import pytest

from truecrowd.bench.peers_quality.comparison import Sizes, compared
from truecrowd.bench.peers_quality.programs import NAMES
from truecrowd.bench.peers_quality.result import Quality
from truecrowd.bench.peers_quality.roster import PEERS

TINY = Sizes("week", 300_000, 300_000, every=50, budget=1)
RULES = {"flock_style", "after_midas", "same_text", "duplicate_share", "refund_rate", "shopee_rule"}


@pytest.fixture(scope="module")
def found() -> Quality:
    return compared(TINY, {})


def test_every_peer_is_in_the_table_at_every_level_it_speaks_at(found: Quality) -> None:
    told = {(one.peer, one.level) for one in found.entries}

    assert told == {(peer.name, level) for peer in PEERS for level in peer.levels}


def test_whoever_is_installed_is_measured(found: Quality) -> None:
    for peer in PEERS:
        is_there = peer.name not in NAMES and all(importlib.util.find_spec(name) for name in peer.needs)
        statuses = {(one.status, one.error) for one in found.entries if one.peer == peer.name}
        assert statuses == {("measured" if is_there else "not_installed", "")}, peer.name


def test_at_least_six_peers_run_without_any_extra(found: Quality) -> None:
    assert {one.peer for one in found.entries if one.status == "measured"} >= RULES


def test_worlds_are_judged_tuned_and_learnt_on_apart(found: Quality) -> None:
    assert [(one.use, one.world) for one in found.worlds] == [
        ("judged", "report"), ("tuned", "tune"), ("learnt", "develop"),
    ]  # fmt: skip
    assert len({one.seed for one in found.worlds}) == 3


def test_everybody_is_judged_on_the_same_rows_and_beside_us(found: Quality) -> None:
    for one in found.entries:
        if one.status == "measured":
            assert one.values.keys() == one.differences.keys()
            assert (one.outcome == "ours") == (one.peer == "truecrowd")
            assert one.cost is not None
