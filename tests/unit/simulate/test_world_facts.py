"""What recorded rooms show (detectors.md, sections 6 and 7) is true of an ordinary evening in every world.

A busy room of 20,000 viewers and a plain small one of 3,000, three hours each, nothing bought.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.simulate import WORLDS, simulate
from truecrowd.simulate.room import RoomPlan
from truecrowd.simulate.talk import TIERS

_OPENS_US = 1_773_313_200_000_000
_LENGTH_S = 10_800.0


@dataclass(frozen=True)
class Evening:
    world: str
    at_s: np.ndarray
    kind: np.ndarray
    account: np.ndarray
    text: np.ndarray

    def of(self, kind: str) -> np.ndarray:
        return self.kind == kind

    def fano(self, kind: str) -> float:
        """Variance over mean of the counts of whole minutes."""
        counts = np.histogram(self.at_s[self.of(kind)], np.arange(0.0, _LENGTH_S + 1.0, 60.0))[0]
        return float(counts.var() / counts.mean())

    def stays_s(self) -> np.ndarray:
        """From each join to the next leave of the same account, where that comes before another join."""
        moves = np.flatnonzero(self.of("join") | self.of("leave"))
        moves = moves[np.lexsort((self.at_s[moves], self.account[moves]))]
        is_stay = (
            self.of("join")[moves[:-1]]
            & self.of("leave")[moves[1:]]
            & (self.account[moves[:-1]] == self.account[moves[1:]])
        )
        return (self.at_s[moves[1:]] - self.at_s[moves[:-1]])[is_stay]

    def gaps_s(self) -> np.ndarray:
        """Between two comments of one account."""
        said = np.flatnonzero(self.of("comment"))
        said = said[np.lexsort((self.at_s[said], self.account[said]))]
        return np.diff(self.at_s[said])[self.account[said[1:]] == self.account[said[:-1]]]

    def answers(self) -> list[np.ndarray]:
        """How long after each prompt accounts typed its number, seconds."""
        typed = self.of("comment") & (self.text == "1")
        prompts = self.at_s[self.of("prompt")]
        return [self.at_s[typed & (self.at_s > at) & (self.at_s < at + 121.0)] - at for at in prompts]


def evening(world: str, n_viewers: int) -> Evening:
    plan = RoomPlan(f"plain/{n_viewers}", _OPENS_US, _LENGTH_S, "apparel", n_viewers)
    events = replace(simulate("tiny", world=world), plans=(plan,)).whole().events
    account, text = (events[name].fill_null("").to_numpy().astype(str) for name in ("account_id", "text"))
    return Evening(
        world=world,
        at_s=(events["ts"].cast(pa.int64()).to_numpy() - _OPENS_US) / 1e6,
        kind=events["event_type"].cast(pa.string()).to_numpy().astype(str),
        account=account,
        text=text,
    )


@pytest.fixture(scope="module", params=sorted(WORLDS))
def busy(request: pytest.FixtureRequest) -> Evening:
    return evening(request.param, 20_000)


@pytest.fixture(scope="module", params=sorted(WORLDS))
def small(request: pytest.FixtureRequest) -> Evening:
    return evening(request.param, 3_000)


def test_about_eight_in_a_hundred_of_those_who_join_comment(busy: Evening):
    joined = np.unique(busy.account[busy.of("join")])
    share = np.isin(joined, busy.account[busy.of("comment")]).mean()

    assert 0.065 < share < 0.105


def test_comments_of_a_busy_room_are_doubly_stochastic(busy: Evening):
    assert 15.0 < busy.fano("comment") < 180.0


def test_minutes_of_arrivals_in_a_plain_small_room_are_a_little_more_ragged_than_chance(small: Evening):
    assert 2.6 < small.fano("join") < 7.1


def test_an_account_waits_about_a_minute_between_two_comments(busy: Evening):
    assert 41.0 < np.median(busy.gaps_s()) < 109.0


def test_most_who_write_write_once_and_a_few_write_much(busy: Evening):
    counts = np.array(sorted(Counter(busy.account[busy.of("comment")].tolist()).values()))
    top = counts[-max(1, len(counts) // 100) :].sum() / counts.sum()

    assert 0.16 < (counts == 1).mean() < 0.93
    assert 0.03 < top < 0.23


def test_much_of_the_chat_comes_from_a_table_of_phrases(busy: Evening):
    said = busy.text[busy.of("comment")]

    assert 0.35 < np.isin(said, WORLDS[busy.world].words.phrases).mean() < 0.75


def test_few_comments_have_fifteen_characters(busy: Evening):
    lengths = np.char.str_len(busy.text[busy.of("comment")])

    assert 0.0 < (lengths >= 15).mean() < 0.18


def test_people_stay_for_minutes_and_one_in_twenty_for_an_hour(busy: Evening):
    stays = busy.stays_s()

    assert 120.0 < np.median(stays) < 300.0
    assert 0.03 < (stays > 3_600.0).mean() < 0.075


def test_prompts_come_one_to_three_times_an_hour_and_many_answer(busy: Evening):
    answers = busy.answers()
    counts = [len(each) for each in answers]

    assert 1.0 <= len(answers) / 3.0 <= 3.0
    assert 50 <= np.median(counts) <= 225


def test_three_answers_in_four_come_within_twenty_seconds(busy: Evening):
    delays = np.concatenate(busy.answers())

    assert 0.65 < (delays < 20.0).mean() < 0.9


def test_one_room_in_four_has_slow_mode():
    for world in WORLDS.values():
        assert np.mean([floor_s > 0.0 for floor_s in world.talk.slow_modes_s]) == 0.25


def test_honest_people_bargain_with_small_hosts_and_praise_large_ones():
    world = WORLDS["develop"]
    said = {}
    for tier, n_viewers in zip(TIERS, (1_500, 9_000, 70_000), strict=True):
        room = RoomPlan(tier, _OPENS_US, 1_800.0, "apparel", n_viewers)
        assert room.tier == tier
        text = replace(simulate("tiny"), plans=(room,)).whole().events.filter(pc.field("event_type") == "comment")
        said[tier] = text["text"].to_pylist()

    def share(tier: str, words: str) -> float:
        return sum(words in line for line in said[tier]) / len(said[tier])

    assert world.words.bargain.startswith("示例砍价")
    assert share("small", "示例砍价") > 0.05 > share("large", "示例砍价")
    assert share("large", "示例好评") > 0.05 > share("small", "示例好评")
    assert share("head", "666") > 2.0 * share("small", "666")


def test_the_biggest_hosts_ask_for_the_number_and_get_it():
    room = RoomPlan("head", _OPENS_US, 3_600.0, "apparel", 62_000)
    events = replace(simulate("tiny"), plans=(room,)).whole().events
    prompts = events.filter(pc.field("event_type") == "prompt").select(["ts", "text"]).to_pylist()
    said = pc.field("event_type") == "comment"
    typed = events.filter(said & (pc.field("text") == "666"))["ts"].to_pylist()

    assert prompts
    assert all("666" in row["text"] for row in prompts)
    assert all(sum(0 <= (ts - row["ts"]).total_seconds() < 120 for ts in typed) > 40 for row in prompts)
