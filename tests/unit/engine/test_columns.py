import numpy as np
import pyarrow as pa

from truecrowd.engine.columns import Interner, in_order_of_names, to_view
from truecrowd.features.view import NULL, View

ALL = frozenset({"event_id", "ts", "event_type", "room_id", "account_id", "id_kind", "amount_minor", "value", "text"})


def events(**columns) -> pa.Table:
    n = len(next(iter(columns.values())))
    base = {
        "ts": pa.array(range(n), pa.timestamp("us", tz="UTC")),
        "event_type": pa.array(["join"] * n).dictionary_encode(),
        "room_id": pa.array(["r"] * n),
    }
    return pa.table({**base, **columns})


def test_codes_follow_first_appearance_and_ranks_follow_names():
    interner = Interner()

    codes = interner.encode("account_id", pa.chunked_array([["b", "a", None, "b"]]))

    assert codes.tolist() == [0, 1, -1, 0]
    assert interner.ranks()["account_id"].tolist() == [1, 0]
    assert interner.names()["account_id"].to_pylist() == ["a", "b"]


def test_names_are_remembered_over_chunks():
    interner = Interner()
    interner.encode("account_id", pa.chunked_array([["b"]]))

    assert interner.encode("account_id", pa.chunked_array([["c", "b"]])).tolist() == [1, 0]


def test_dictionary_encoded_columns_give_the_same_codes():
    words = pa.chunked_array([["b", None, "a"]])

    assert Interner().encode("region", words.dictionary_encode()).tolist() == [0, -1, 1]


def test_nulls_of_numbers_are_marked():
    view = to_view(events(amount_minor=[5, None], value=[None, 2.5]), Interner(), wanted=ALL, key=0)

    assert view["amount_minor"].tolist() == [5, NULL]
    assert np.isnan(view["value"][0])


def test_a_column_that_is_null_throughout_is_absent():
    view = to_view(events(account_id=pa.nulls(2, pa.string())), Interner(), wanted=ALL, key=0)

    assert not view.has("account_id")
    assert view["account_id"].tolist() == [-1, -1]


def test_masked_and_guest_ids_have_no_code():
    kinds = pa.array(["stable", "masked", "guest", None]).dictionary_encode()

    view = to_view(events(account_id=pa.array(list("abcd")), id_kind=kinds), Interner(), wanted=ALL, key=0)

    assert (view["account_id"] >= 0).tolist() == [True, False, False, True]


def test_columns_nobody_reads_are_left_out():
    view = to_view(events(region=pa.array(["x", "y"])), Interner(), wanted=ALL, key=0)

    assert not view.has("region")


def test_codes_can_be_put_in_the_order_of_names():
    view = View({"ts": np.zeros(3, np.int64), "account_id": np.array([0, -1, 1], np.int32)})

    assert in_order_of_names(view, {"account_id": np.array([1, 0], np.int32)})["account_id"].tolist() == [1, -1, 0]
