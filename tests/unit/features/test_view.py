import numpy as np
import pyarrow as pa

from truecrowd.features.view import NULL, TYPE_CODES, View


def view(**columns) -> View:
    kinds = [TYPE_CODES[name] for name in columns.pop("event_type", ["join", "like", "join"])]
    texts = columns.pop("texts", None)
    n = len(kinds)
    base = {"ts": np.arange(n), "event_type": np.array(kinds, np.int8), "room_id": np.zeros(n, np.int32)}
    base["event_id"] = np.arange(n, dtype=np.uint64)
    return View({**base, **{name: np.asarray(column) for name, column in columns.items()}}, texts)


def test_of_keeps_the_rows_of_these_types():
    assert view().of("join")["ts"].tolist() == [0, 2]
    assert view().of("join", "like")["ts"].tolist() == [0, 1, 2]


def test_texts_follow_their_rows():
    shown = view(texts=pa.array(["a", "b", "c"]))

    assert shown.of("like").texts.to_pylist() == ["b"]
    assert shown.where(np.array([2, 0])).texts.to_pylist() == ["c", "a"]


def test_absent_columns_are_null_throughout():
    shown = view()

    assert shown["device_model"].tolist() == [-1, -1, -1]
    assert shown["amount_minor"].tolist() == [NULL] * 3
    assert np.isnan(shown["value"]).all()
    assert shown["id_kind"].tolist() == [-1, -1, -1]


def test_rooms_come_in_order_and_their_rows_by_time():
    rooms = list(view(room_id=np.array([1, 0, 1], np.int32), ts=np.array([9, 5, 3])).by_room())

    assert [code for code, _ in rooms] == [0, 1]
    assert rooms[1][1]["ts"].tolist() == [3, 9]


def test_restrict_shows_only_what_is_declared():
    shown = view(amount_minor=np.arange(3), texts=pa.array(list("abc"))).restrict(("join",), ("event_type", "ts"))

    assert sorted(shown.columns) == ["event_type", "ts"]
    assert shown.texts is None
    assert len(shown) == 2


def test_an_empty_view_has_no_rooms():
    assert list(view(event_type=[]).by_room()) == []
