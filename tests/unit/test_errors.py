import pytest

from truecrowd.errors import ConfigError, EvidenceError, InputError, SchemaError, TruecrowdError


@pytest.mark.parametrize(
    ("kind", "code"), [(SchemaError, 2), (ConfigError, 2), (InputError, 2), (EvidenceError, 1), (TruecrowdError, 101)]
)
def test_exit_codes_are_those_of_the_contract(kind: type[TruecrowdError], code: int):
    assert kind.exit_code == code


def test_a_message_says_what_where_and_how_to_fix():
    error = InputError("column 'room_id' is missing", where="night.csv, line 1", fix="rename 'roomid' to 'room_id'")

    assert str(error) == (
        "column 'room_id' is missing\n  where: night.csv, line 1\n  fix:   rename 'roomid' to 'room_id'"
    )
