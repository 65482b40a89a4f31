"""Rooms are invented here: libraries used at two hosts are found, slogans, phrases and one host's rooms stay silent."""

from functools import partial

import numpy as np
import pytest
from invented_rooms import OPENS_US, by_name, look, of_columns, params_of

from truecrowd.detectors.shared_lines import DETECTOR

events = partial(of_columns, event_type="comment")
examine = partial(look, DETECTOR)

LIBRARY = [f"这是脚本库里面的第{k}句话请大家看看" for k in range(2_000)]


def talk(room, lines, prefix="u", *, host=None, **words):
    """Return comments, one account a line."""
    n = len(lines)
    made = {
        "ts": OPENS_US + np.arange(n) * 1_000_000, "room_id": [room] * n, "host_id": [host or f"h-{room}"] * n,
        "account_id": [f"{room}-{prefix}{k}" for k in range(n)], "text": list(lines),
    }  # fmt: skip
    return made | {name: [value] * n if isinstance(value, str) else value for name, value in words.items()}


def own(room, n=60):
    return talk(room, [f"房间{room}里第{k}个人自己写的一句话" for k in range(n)])


def library(rng, room, n, **words):
    return talk(room, rng.choice(LIBRARY, n, replace=False), "f", **words)


@pytest.mark.parametrize("event_type", ["comment", "review"])
@pytest.mark.parametrize(("n", "found"), [(120, 0), (400, 2)])
def test_a_library_used_at_two_hosts_is_found(event_type, n, found):
    rng = np.random.default_rng(1)

    rows = events(own("a"), own("b"), library(rng, "a", n), library(rng, "b", n), event_type=event_type)

    assert examine(rows).findings.num_rows == found


def test_the_size_of_the_library_is_estimated():
    rng = np.random.default_rng(2)

    seen = examine(events(own("a"), library(rng, "a", 500), library(rng, "b", 500)))

    params = params_of(seen)[0]
    assert 50 < params["n_lines"] == params["n_accounts"] < 250
    assert params["n_own"] == 560


def test_accounts_score_by_the_lines_that_are_shared():
    rng = np.random.default_rng(3)
    first, second = library(rng, "a", 400), library(rng, "b", 400)
    shared = {name for name, text in zip(first["account_id"], first["text"], strict=True) if text in second["text"]}

    scores = by_name(examine(events(own("a"), first, second)))

    assert min(scores[name] for name in shared) > 1
    assert {name for name, score in scores.items() if score > 0 and name.startswith("a-")} == shared


def test_a_slogan_that_many_write_is_no_library():
    slogans = [f"主播加油我们大家都在支持你第{k % 30}队" for k in range(300)]

    assert max(by_name(examine(events(own("a"), talk("a", slogans, "s"), talk("b", slogans, "s")))).values()) == 0


def test_phrases_of_the_platform_are_left_out():
    phrases = [f"平台上每个房间都有人写的一句话{k}" for k in range(40)]

    assert max(by_name(examine(events(*(talk(f"r{k}", phrases) for k in range(20))))).values()) == 0


def test_two_rooms_of_one_host_are_not_compared():
    rng = np.random.default_rng(4)

    rows = events(library(rng, "a", 400, host="h"), library(rng, "b", 400, host="h"))

    assert max(by_name(examine(rows)).values()) == 0


def test_one_viewer_who_pastes_into_two_rooms_is_no_library():
    lines = LIBRARY[:60]
    rows = events(own("a"), talk("a", lines, account_id="w"), talk("b", lines, account_id="w"))

    assert max(by_name(examine(rows)).values()) == 0


def test_short_lines_are_nothing():
    lines = [f"多少钱{k}" for k in range(60)]

    assert examine(events(talk("a", lines), talk("b", lines))).scores.num_rows == 0


def test_fresh_text_for_every_job_is_not_seen():
    assert max(by_name(examine(events(own("a", 400), own("b", 400)))).values()) == 0


def test_display_names_are_a_weaker_reading():
    rng = np.random.default_rng(5)

    seen = examine(events(library(rng, "a", 400), library(rng, "b", 400), id_kind="nick"))

    assert set(seen.coverage["mode"].to_pylist()) == {"display_names"}
    assert set(seen.coverage["reason"].to_pylist()) == {"nick_ids"}


def test_masked_accounts_are_nobody():
    seen = examine(events(own("a"), own("b"), id_kind="masked"))

    assert (set(seen.coverage["reason"].to_pylist()), seen.scores.num_rows) == ({"masked_ids"}, 0)
