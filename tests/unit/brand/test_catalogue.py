from truecrowd.brand.catalogue import AGAINST, ANSWERS, MEASURES, ORDINARY


def test_units_and_bases_are_the_ones_the_table_is_documented_with():
    units = {one.unit for one in MEASURES.values()}

    assert units <= {"share", "money", "money_per", "orders", "buyers", "ratio", "seconds"}
    assert {one.basis for one in MEASURES.values()} == {"counted", "estimated", "told"}


def test_every_figure_of_the_five_has_measures_and_no_two_share_a_chinese_name():
    names = [one.zh for one in MEASURES.values()]

    assert {one.figure for one in MEASURES.values()} == {None, 1, 2, 3, 4, 5}
    assert len(set(names)) == len(names)


def test_what_speaks_against_an_answer_is_not_what_it_would_look_like():
    for answer, codes in AGAINST.items():
        assert not set(codes) & set(ANSWERS[answer])
    assert len(ORDINARY) == 8
