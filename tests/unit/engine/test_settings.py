import pytest

from truecrowd.engine.settings import Settings
from truecrowd.errors import ConfigError


def test_defaults_need_no_text():
    assert Settings.parse("") == Settings()


def test_values_are_taken_from_the_text():
    settings = Settings.parse("threads = 1\nlateness_s = 5\nmemory_mb = 64")

    assert (settings.threads, settings.lateness_s, settings.memory_mb) == (1, 5.0, 64)


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(ConfigError, match="'thread' is not a setting") as caught:
        Settings.parse("thread = 1", where="mine.toml")

    assert caught.value.fix == "write 'threads', or leave it out"
    assert caught.value.where == "mine.toml"


def test_a_wrong_type_is_an_error_with_an_example():
    with pytest.raises(ConfigError, match="'two' is not of type int") as caught:
        Settings.parse('threads = "two"')

    assert caught.value.fix == "write a value like 2"


def test_true_is_not_a_number():
    with pytest.raises(ConfigError, match="True is not of type int"):
        Settings.parse("threads = true")


def test_a_value_out_of_range_is_an_error():
    with pytest.raises(ConfigError, match="threads = 0, wanted 1 or more"):
        Settings.parse("threads = 0")


def test_broken_toml_is_an_error_of_ours():
    with pytest.raises(ConfigError, match="not TOML"):
        Settings.parse("threads = ")


def test_a_detector_is_set_by_its_own_table():
    settings = Settings.parse("[detectors.burst_join]\nmin_accounts = 33")

    assert settings.detectors["burst_join"].min_accounts == 33


def test_an_unknown_detector_names_the_nearest():
    with pytest.raises(ConfigError, match="'burst_joins' is not a setting") as caught:
        Settings.parse("[detectors.burst_joins]\nmin_accounts = 33")

    assert "burst_join" in caught.value.fix


def test_a_detector_may_be_left_out():
    names = {detector.name for detector in Settings.parse('without = ["burst_join"]').chosen()}

    assert "burst_join" not in names
    assert "even_gaps" in names


def test_the_digest_follows_what_changes_a_result_and_nothing_else():
    base = Settings.parse("").digest()

    assert Settings.parse("threads = 1").digest() == base
    assert Settings.parse("seed = 1").digest() != base
    assert Settings.parse("[detectors.burst_join]\nmin_accounts = 33").digest() != base
