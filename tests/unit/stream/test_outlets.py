"""From an address to an output with an outbox."""

from pathlib import Path

import pytest

from truecrowd.errors import ConfigError
from truecrowd.stream.outlets import outlets_of


def test_an_address_is_an_outbox_of_its_own_and_twice_the_same_is_one(tmp_path: Path) -> None:
    made = outlets_of(["http://127.0.0.1:9/a", "http://127.0.0.1:9/a", "kafka://host/alarms"], tmp_path)
    for one in made:
        one.close()

    assert len(made) == 2
    assert len(list(tmp_path.glob("outbox-*.ndjson"))) == 2
    assert (tmp_path / "webhook.key").exists()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "somewhere", "http://example.com/"])
def test_another_address_is_refused_before_anything_is_made(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        outlets_of([address, "http://127.0.0.1:9/a"], tmp_path)

    assert not list(tmp_path.glob("outbox-*"))


def test_without_a_state_folder_there_is_nowhere_to_wait() -> None:
    with pytest.raises(ConfigError, match="need a state folder"):
        outlets_of(["http://127.0.0.1:9/a"], None)
