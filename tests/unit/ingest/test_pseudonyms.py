"""Pseudonyms and masked texts: equal ids stay equal, nothing else of them stays."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from truecrowd.errors import ConfigError
from truecrowd.ingest.masking import mask
from truecrowd.ingest.options import Options
from truecrowd.ingest.pseudonyms import Pseudonyms, key_id, read_key

KEY = b"0123456789abcdef"


def table() -> pa.Table:
    return pa.table({
        "account_id": ["u1", None, "u1", "name:bo"], "device_id": ["u1", "d", "d", None], "order_id": ["o", "o", None, "p"],
        "ip": ["10.0.0.1"] * 4, "text": ["hi @bo and @anna!", None, "u1", "a@b.de"], "room_id": ["r"] * 4,
    })  # fmt: skip


def test_ids_become_sixteen_hex_digits_and_stay_equal() -> None:
    rows = Pseudonyms(KEY).replace(table()).to_pydict()

    assert rows["account_id"][0] == rows["account_id"][2] != rows["account_id"][3]
    assert rows["account_id"][1] is None
    assert rows["device_id"][0] != rows["account_id"][0], "one text in two columns is not one thing"
    assert all(
        re.fullmatch("[0-9a-f]{16}", token)
        for name in ("account_id", "order_id", "ip")
        for token in rows[name]
        if token
    )
    assert rows["room_id"] == ["r"] * 4


def test_a_mention_has_the_token_of_the_name() -> None:
    rows = Pseudonyms(KEY).replace(table()).to_pydict()

    assert rows["text"][0].startswith(f"hi @{rows['account_id'][3]} and @")
    assert "anna" not in rows["text"][0]
    assert rows["text"][2] == "u1"


def test_another_key_gives_other_tokens() -> None:
    one, two = (Pseudonyms(key).replace(table()) for key in (KEY, KEY[::-1]))

    assert one.column("account_id").to_pylist() != two.column("account_id").to_pylist()
    assert key_id(KEY) != key_id(KEY[::-1])


def test_a_key_does_not_show_in_the_options() -> None:
    assert "0123456789abcdef" not in repr(Options(pseudonymise_key=KEY))


def test_a_key_file_only_its_owner_can_read_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(KEY + b"\n")
    file.chmod(0o600)

    assert read_key(file) == KEY


def test_a_key_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_key(tmp_path / "gone")


@pytest.mark.parametrize(
    ("text", "masked"),
    [("see https://x.cn/a?b=1 now", "see <url> now"), ("www.shop.cn", "<url>"), ("to a.b+c@mail.example.cn", "to <mail>"),
     ("10.1.2.3", "<ip>"), ("@bo hi", "<name> hi"), ("call 138-1234-5678", "call <phone>"), ("+86 138 1234 5678!", "<phone>!"),
     ("88888888", "88888888"), ("666666666666", "666666666666"), ("123456", "123456"), ("好", "好"), (None, None)],
)  # fmt: skip
def test_what_could_name_a_person_is_masked(text: str | None, masked: str | None) -> None:
    assert mask(pa.array([text], pa.string())).to_pylist() == [masked]
