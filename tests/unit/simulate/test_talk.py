import numpy as np
import pytest

from truecrowd.simulate import ids, talk
from truecrowd.simulate.rows import NONE, rows
from truecrowd.simulate.visits import Visits
from truecrowd.simulate.world_develop import DEVELOP

WORDS = DEVELOP.words


def test_no_code_is_no_text():
    assert talk.render(np.array([NONE, talk.saying("typed", 666)]), WORDS).to_pylist() == [None, "666"]


def test_a_saying_takes_its_number():
    assert talk.render(np.array([talk.saying("only_minutes", 5)]), WORDS).to_pylist() == [
        "这个价格只维持5分钟，过后恢复原价"
    ]


def test_distinct_lines_are_all_different():
    said = talk.render(talk.distinct_lines(ids.generator("test"), WORDS, 5_000), WORDS).to_pylist()

    assert len(set(said)) == 5_000


def test_distinct_lines_go_on_when_the_placeholders_are_used_up():
    assert len(talk.distinct_lines(ids.generator("test"), WORDS, 100_000)) == 100_000


def test_honest_lines_repeat():
    said = talk.render(talk.lines(ids.generator("test"), DEVELOP, 5_000), WORDS).to_pylist()

    assert len(set(said)) < 3_500


def test_free_lines_name_themselves_examples():
    codes = np.concatenate(
        [
            talk.distinct_lines(ids.generator("a"), WORDS, 200, "small"),
            talk.reviews(ids.generator("b"), 50, is_paid=True),
            talk.staff_lines(ids.generator("c"), WORDS, 9),
        ]
    )

    assert all("示例" in line for line in talk.render(codes, WORDS).to_pylist())


def test_running_sums_start_anew_at_each_group():
    sums = talk.running(np.array([1.0, 1.0, 1.0, 5.0]), np.array([0, 3]), np.array([3, 1]))

    assert sums.tolist() == [1.0, 2.0, 3.0, 5.0]


def test_nobody_writes_outside_the_visit():
    stay = Visits(np.arange(3_000), np.full(3_000, 100.0), np.full(3_000, 700.0))

    said = talk.comments(ids.generator("test"), DEVELOP, stay, np.ones(60))

    assert len(said) > 100
    assert said.at_s.min() >= 100.0
    assert said.at_s.max() < 700.0


def test_three_in_four_answer_within_twenty_seconds():
    said = talk.answers(ids.generator("test"), DEVELOP.talk, np.arange(2_000), 50.0, talk.saying("typed", 1))

    assert 0.65 < (said.at_s < 70.0).mean() < 0.9


def test_slow_mode_puts_comments_off_and_keeps_their_order():
    said = rows("comment", [10.0, 11.0, 12.0, 12.5], account=[0, 0, 0, 1], text=0)

    slowed = talk.slowed(said, 5.0, 1_000.0)

    assert slowed.at_s.tolist() == pytest.approx([10.0, 15.0, 20.0, 12.5])


def test_slow_mode_drops_what_would_come_after_the_end():
    said = rows("comment", [10.0, 11.0], account=[0, 0], text=0)

    assert talk.slowed(said, 5.0, 12.0).at_s.tolist() == pytest.approx([10.0])


def test_copies_repeat_lines_that_were_said():
    own = np.arange(500)

    said = talk.copied(ids.generator("test"), own, 0.5)

    assert len(set(said.tolist())) < 350
    assert (said <= own).all()


def test_crowds_of_large_hosts_praise_and_of_the_biggest_type_the_number():
    large = talk.render(talk.paid_lines(ids.generator("test"), WORDS, 50, "large"), WORDS).to_pylist()
    head = talk.render(talk.paid_lines(ids.generator("test"), WORDS, 50, "head"), WORDS).to_pylist()

    assert all("好用" in line for line in large)
    assert head.count("666") > 10
