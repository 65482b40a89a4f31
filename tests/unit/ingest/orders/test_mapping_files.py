"""Mapping files: every key checked, what is wrong named with the nearest right one."""

import pytest

from truecrowd.errors import ConfigError
from truecrowd.ingest import read_mapping
from truecrowd.ingest.orders.parsing import check_patterns, parse, shipped

LEAST = 'name = "mine"\nall = ["No", "When"]\nevent = [{ type = "order", ts = ["When"] }]\n[row]\norder_id = "No"\n'


@pytest.mark.parametrize("mapping", shipped(), ids=lambda mapping: mapping.name)
def test_shipped_mappings_have_patterns_that_re2_reads_and_titles(mapping):
    check_patterns(mapping, where=mapping.name)

    assert mapping.title_en.strip()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in mapping.title_zh)
    assert not set(mapping.read.drop) & set(mapping.stored)


def test_the_least_mapping_is_enough():
    mapping = parse(LEAST, where="mine.toml")

    assert (mapping.name, mapping.events[0].type, mapping.row["order_id"].columns) == ("mine", "order", ("No",))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (LEAST + "[raed]\nsheet = 'a'\n", "key 'raed' is unknown, nearest is 'read'"),
        (LEAST + "[read]\nshet = 'a'\n", "key 'read.shet' is unknown, nearest is 'sheet'"),
        (LEAST + "host = 'Who'\n", "key 'row.host' is no column of EVENTS"),
        (LEAST + "host_id = { colm = 'Who', find = '(x)' }\n", "'row.host_id' names no column"),
        (LEAST + "amount_minor = { col = 'Sum', grain = 'each' }\n", "has grain 'each'"),
        (LEAST.replace("order_id", "product_id"), "'row.order_id' is missing"),
        (LEAST.replace('"order", ts', '"buy", ts'), r"'event\[0\].type' is 'buy'"),
        (LEAST.replace('"order", ts', '"payment", ts'), "the first event is not 'order'"),
        (LEAST.replace('all = ["No", "When"]', "all = 3"), "'all' is the int 3, wanted text or a list of texts"),
        (LEAST + "[read]\ndrop = ['No']\n", "column 'No' is dropped and stored at once"),
        (LEAST + "[read]\nmoney = { group = ',', decimal = ',' }\n", "two different signs"),
        (LEAST + "[read]\nts = ['%d/%m']\n", "wanted year, month and day"),
        (LEAST + "[read]\nts = ['%d/%m/%Q']\n", "has '%Q'"),
        (LEAST + "[read]\ntz = 'Mars'\n", "there is no time zone 'Mars'"),
        ("base = 'orders_nobody'\n", "'base' is 'orders_nobody'"),
        ("name = ", "the file is not TOML"),
    ],
)
def test_a_mistake_is_named(text, what):
    with pytest.raises(ConfigError, match=what):
        parse(text, where="mine.toml")


def test_a_mapping_may_stand_on_a_shipped_one():
    text = 'base = "orders_doudian"\n[row]\namount_minor = { col = "订单应付金额", grain = "line" }\n'

    mapping = parse(text, where="mine.toml")

    assert mapping.name == "orders_doudian"
    assert mapping.amount is not None
    assert mapping.amount.grain == "line"
    assert mapping.row["account_id"].columns == ("买家会员名",)


def test_look_around_and_a_find_without_a_group_are_refused(tmp_path):
    path = tmp_path / "mine.toml"
    for row in ("ip = { col = 'Note', find = '(?=x)' }\n", "ip = { col = 'Note', find = 'x' }\n"):
        path.write_text(LEAST + row, encoding="utf-8")

        with pytest.raises(ConfigError, match="is not one that RE2 reads"):
            read_mapping(path)


def test_a_mapping_that_is_not_there_or_no_text_is_refused(tmp_path):
    (tmp_path / "book.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_mapping(tmp_path / "gone.toml")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_mapping(tmp_path / "book.toml")
