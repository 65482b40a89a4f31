"""Packages of other people find what is planted for them; features are counted right."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.bench.peers_quality import boosting, fraudar, half_space, ours, outliers
from truecrowd.bench.peers_quality.features import features
from truecrowd.bench.peers_quality.peer import Features, Material, Peer
from truecrowd.bench.quality.rivals import Seen
from truecrowd.bench.quality.truth import Index, Labelled, Truth, codes
from truecrowd.schema import SCORES, VERDICTS

N_HONEST, N_FARM, ROOMS = 200, 20, 10
TS = pa.timestamp("us", tz="UTC")


def planted() -> Material:
    """Return accounts of one room each, and a farm that is in every room and does as much as nobody else."""
    pairs = [(f"h{at}", f"r{at % ROOMS}") for at in range(N_HONEST)]
    pairs += [(f"f{at}", f"r{room}") for at in range(N_FARM) for room in range(ROOMS)]
    table = pa.table({"account_id": [one for one, _ in pairs], "room_id": [room for _, room in pairs]})
    is_farm = np.arange(len(pairs)) >= N_HONEST
    names = ("n comment", "n like", "n cart_popup", "n order", "n review", "score even_gaps")
    values = np.random.default_rng(0).normal(1.0, 0.3, (len(pairs), len(names))) + is_farm[:, None] * 9.0
    host = np.arange(len(pairs)) % ROOMS
    rows = Labelled(Index(table["room_id"], table["account_id"]), {"any": is_farm}, ~is_farm, host, host, table)
    seen = Seen(np.arange(len(pairs), dtype=float), pa.array(["join"] * len(pairs)), host, host, table)
    truth = Truth({}, {}, rows, rows, rows, rows, Path())
    return Material(truth, seen, Features(names, values), {}, {}, Path())


def test_fraudar_finds_the_accounts_that_share_their_rooms() -> None:
    pytest.importorskip("UGFraud")
    given = planted()

    score = fraudar.run(given, fraudar.PEER.settings[0])["account"]

    assert (score[given.truth.accounts.positive["any"]] > 0.0).all()
    assert score[given.truth.accounts.negative].sum() == 0.0


@pytest.mark.parametrize("peer", [*outliers.PEERS, half_space.PEER], ids=lambda peer: peer.name)
def test_outlier_detectors_score_every_account(peer: Peer) -> None:
    for module in peer.needs:
        pytest.importorskip(module)

    for setting in (peer.settings[0], peer.settings[-1]):
        score = peer.run(planted(), setting)["account"]
        assert score.shape == (N_HONEST + N_FARM * ROOMS,)
        assert np.isfinite(score).all(), setting


def test_boosting_learns_from_the_other_material_and_scores_this_one() -> None:
    pytest.importorskip("sklearn")
    source, given = planted(), planted()
    learnt = Material(source.truth, source.seen, source.features, {}, {}, Path())
    other = Material(given.truth, given.seen, given.features, {}, {}, Path(), learnt)

    score = boosting.run(other, boosting.PEER.settings[1])["account"]

    is_farm = given.truth.accounts.positive["any"]
    assert score[is_farm].min() > score[~is_farm].max()


def test_boosting_without_a_world_to_learn_from_is_refused() -> None:
    pytest.importorskip("sklearn")

    with pytest.raises(ValueError, match="needs a world to learn from"):
        boosting.run(planted(), boosting.PEER.settings[0])


def test_what_a_check_did_not_look_at_counts_as_its_lowest_and_constants_go() -> None:
    found = outliers.prepared(
        Features(("n x", "score y", "n z"), np.array([[1.0, np.nan, 5.0], [2.0, -3.0, 5.0]])),
        {"columns": "all", "scale": "raw"},
    )

    assert found.tolist() == [[1.0], [2.0]]  # score y is -3 in both, n z is constant


def test_features_of_another_world_keep_their_columns_apart() -> None:
    found = Features(("a", "b"), np.array([[1.0, 2.0]])).like(("b", "c"))

    assert found.values[0, 0] == 2.0
    assert np.isnan(found.values[0, 1])


def small() -> tuple[Seen, Truth]:
    text = {
        "room_id": ["r"] * 5, "account_id": ["a", "a", "b", "a", "b"], "text": [None, "hi", "hi", "so", None],
        "ip": ["1", "1", "1", "1", "1"], "device_id": ["x", None, "y", None, None], "device_model": ["m"] * 5,
        "asn": ["7"] * 5,
    }  # fmt: skip
    born = pa.chunked_array([pa.array([0] * 5, TS)])
    events = pa.table({name: pa.chunked_array([pa.array(values, pa.string())]) for name, values in text.items()})
    events = events.append_column("account_created_at", born)
    table = pa.table({"room_id": ["r", "r", "q"], "account_id": ["a", "b", "a"]})
    blank = np.zeros(3, bool)
    rows = Labelled(Index(table["room_id"], table["account_id"]), {"any": blank}, ~blank, blank * 1, blank * 1, table)
    at_s = np.array([86_400.0, 86_410.0, 86_420.0, 86_430.0, 86_440.0])
    kind = pa.array(["join", "comment", "comment", "comment", "leave"])
    seen = Seen(at_s, kind, np.zeros(5, int), codes(events["account_id"]), events)
    return seen, Truth({}, {}, rows, rows, rows, rows, Path())


def test_features_count_what_an_account_did_in_a_room() -> None:
    seen, truth = small()
    scores = SCORES.empty()

    found = features(seen, truth, {"scores": scores})

    told = {name: found.values[:, at].tolist() for at, name in enumerate(found.names)}
    assert told["n events"] == [3.0, 2.0, 0.0]
    assert told["n comment"] == [2.0, 1.0, 0.0]
    assert told["n rooms"] == [2.0, 1.0, 2.0]
    assert told["stay s"][:2] == [30.0, 20.0]
    assert told["age days"][0] == pytest.approx(1.0)
    assert told["n accounts with its ip"][:2] == [2.0, 2.0]
    assert told["n accounts with its device_id"][:2] == [1.0, 1.0]
    assert told["part of texts others wrote"][:2] == [0.5, 1.0]
    assert np.isnan(told["first s"][2])


def test_our_score_is_the_strongest_check_until_verdicts_state_most_rows() -> None:
    truth = small()[1]
    scores = pa.table({
        "room_id": ["r"] * 3, "subject_type": ["account"] * 3, "subject_id": ["a", "a", "b"],
        "detector": ["one", "two", "two"], "population": [None] * 3, "score": [1.0, 4.0, 2.0],
    }, schema=pa.schema([SCORES.schema.field(name) for name in (
        "room_id", "subject_type", "subject_id", "detector", "population", "score"
    )]))  # fmt: skip
    audited = {"scores": scores, "verdicts": VERDICTS.empty()}
    stated = pa.Table.from_pylist(
        [
            {"subject_type": "account", "subject_id": name, "room_id": room, "scheme": "any", "p_manufactured": p,
             "level": "clear", "reasons": []}
            for name, room, p in (("a", "r", 0.9), ("b", "r", 0.1), ("a", "q", 0.2))
        ],
        schema=VERDICTS.schema,
    )  # fmt: skip

    before = ours.score_of(truth.accounts, audited, "account")
    after = ours.score_of(truth.accounts, audited | {"verdicts": stated}, "account")

    assert before[:2].tolist() == [4.0, 2.0]
    assert np.isnan(before[2])
    assert after.tolist() == [0.9, 0.1, 0.2]
