"""What ids and names are worth."""

import pytest

from truecrowd.ingest.identities import by_id, by_name


def test_a_name_is_an_id_of_its_own_kind_so_it_never_meets_a_platform_id():
    assert by_name("42") == ("name:42", "nick")
    assert by_id(42) == ("42", "stable")


@pytest.mark.parametrize("name", ["折***", "张＊＊", "a**b"])
def test_a_run_of_stars_hides_who_it_is(name):
    assert by_name(name)[1] == "masked"
    assert by_id(name)[1] == "masked"


@pytest.mark.parametrize("nothing", [None, "", 0, "0"])
def test_no_id_is_a_guest(nothing):
    assert by_id(nothing) == ("0", "guest")


@pytest.mark.parametrize("value", [1.5e18, True, [1], {"id": 1}])
def test_an_id_that_is_no_whole_number_is_refused(value):
    with pytest.raises(TypeError):
        by_id(value)
