import numpy as np

from truecrowd.simulate import ids, talk
from truecrowd.simulate.rows import NONE
from truecrowd.simulate.visits import Visits
from truecrowd.simulate.world_develop import DEVELOP


def test_no_code_is_no_text():
    assert talk.render(np.array([NONE, talk.phrase("666")])).to_pylist() == [None, "666"]


def test_a_saying_takes_its_number():
    assert talk.render(np.array([talk.saying("only_minutes", 5)])).to_pylist() == ["这个价格只维持5分钟，过后恢复原价"]


def test_distinct_lines_are_all_different():
    said = talk.render(talk.distinct_lines(ids.generator("test"), 5_000)).to_pylist()

    assert len(set(said)) == 5_000


def test_distinct_lines_go_on_when_the_placeholders_are_used_up():
    assert len(talk.distinct_lines(ids.generator("test"), 100_000)) == 100_000


def test_honest_lines_repeat():
    said = talk.render(talk.lines(ids.generator("test"), DEVELOP.talk, 5_000)).to_pylist()

    assert len(set(said)) < 3_500


def test_free_lines_name_themselves_examples():
    codes = np.concatenate(
        [
            talk.distinct_lines(ids.generator("a"), 200),
            talk.reviews(ids.generator("b"), 50),
            talk.staff_lines(ids.generator("c"), 9),
        ]
    )

    assert all("示例" in line for line in talk.render(codes).to_pylist())


def test_running_sums_start_anew_at_each_group():
    sums = talk.running(np.array([1.0, 1.0, 1.0, 5.0]), np.array([0, 3]), np.array([3, 1]))

    assert sums.tolist() == [1.0, 2.0, 3.0, 5.0]


def test_nobody_writes_outside_the_visit():
    stay = Visits(np.arange(3_000), np.full(3_000, 100.0), np.full(3_000, 700.0))

    said = talk.comments(ids.generator("test"), DEVELOP.talk, stay, np.ones(60))

    assert len(said) > 100
    assert said.at_s.min() >= 100.0
    assert said.at_s.max() < 700.0


def test_three_in_four_answer_within_twenty_seconds():
    said = talk.answers(ids.generator("test"), DEVELOP.talk, np.arange(2_000), 50.0, talk.phrase("1"))

    assert 0.65 < (said.at_s < 70.0).mean() < 0.9
