"""Measure how far the worlds are apart and from recorded rooms; write docs/reference/worlds.md and worlds.zh.md.

Takes one to three minutes. The numbers follow from the worlds and the seeds alone; the last section needs recordings
(`--real DIR`, a folder with MANIFEST.tsv; without one it says that it was not run).
"""

import sys
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from truecrowd.bench.worlds.classifier import Told, told_apart
from truecrowd.bench.worlds.distances import Distance, distances
from truecrowd.bench.worlds.priors import Prior, prior_distances, priors, shown
from truecrowd.bench.worlds.recordings import recorded
from truecrowd.bench.worlds.slices import TALK, WRITTEN, Slices, slices
from truecrowd.simulate import WORLDS, simulate

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
REAL = ROOT.parent / "shared" / "real"
SEEDS, N_EVENTS, MOST_SLICES = (1, 2, 3), 150_000, 12
NAMES = tuple(WORLDS)
PAIRS = tuple(combinations(NAMES, 2))
UNWRITTEN = tuple(name for name in TALK if name not in WRITTEN)


class Measured(NamedTuple):
    """Everything the pages say."""

    priors: tuple[Prior, ...]
    distances: tuple[Distance, ...]
    apart: dict[tuple[str, str], tuple[Told, Told]]
    real: dict[str, tuple[Told, Told]] | None
    n_events: int


WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Worlds", "other": "[简体中文](worlds.zh.md)",
        "made": "Written by `scripts/worlds_doc.py`; do not edit.",
        "intro": "Three sets of assumptions about people and about those who are paid: `develop` (development, demo, shipped reference), `tune` (thresholds are chosen here) and `report` (kept for judging: nothing is chosen or trained on it, and [a test](../../tests/unit/test_worlds_apart.py) keeps learning code away from it). How to make one: `truecrowd simulate PRESET --world NAME`. `develop~3` is the third variation of `develop`: numbers, laws, phones and routines drawn anew around it ([varied.py](../../src/truecrowd/simulate/varied.py)); `truecrowd train` learns from variations too. Licence and limits: [data card](data-card.md); what honest people do in a world, told line by line: [world_develop.py](../../src/truecrowd/simulate/world_develop.py).",
        "author": "**All three have one author.** They were written from different assumptions on purpose (other families of distributions, other phones, networks, words, prices, tricks), but what one author does not think of is missing from all of them. The distances below are the width of what was thought of, not a bound on reality.",
        "h_told": "Can a classifier tell the worlds apart?",
        "told": "Logistic regression on half hours of honest rooms (preset `clean`, seeds 1-3), cross-validated by room. 0.5: not at all, 1: always. Whoever tunes on one world meets rooms in another that do not look alike.",
        "all": "all columns", "talk": "talk and arrivals alone", "top": "heaviest columns (each column's own AUC)", "pair": "worlds", "slices": "half hours",
        "h_distance": "What honest people do, and how far the worlds are apart in it",
        "distance": "Counted from the events of the same rooms ({n:,} events in all). KS: Kolmogorov-Smirnov distance of the distributions, 0 to 1, beside the medians. JS: Jensen-Shannon divergence of the mixes, base 2, 0 to 1, beside the part of the commonest. ln: absolute logarithm of the ratio of the rates (0.69: twice as much).",
        "quantity": "quantity", "measure": "measure",
        "h_priors": "Priors",
        "priors": "Names and units: [world.py](../../src/truecrowd/simulate/world.py). A law is family(median, spread).",
        "prior_line": "- {a}, {b}: median |ln ratio| of the numbers {log:.2f}; {equal} of {n} priors are equal",
        "prior": "prior",
        "h_real": "How far from recorded rooms",
        "real": "The same classifier told to separate simulated honest half hours from recorded ones ({n} half hours of {rooms} public rooms, none of which sells; unlabelled, so perhaps not all honest). It sees talk and arrivals only, for the recordings hold little else. A thermometer, not a target: no world is changed to lower it, and a low value would not prove that a world is right.",
        "no_real": "Not run: no recordings were at hand.",
        "world": "world", "unwritten": "without what language and script decide",
    },
    "zh": {
        "title": "世界", "other": "[English](worlds.md)",
        "made": "由 `scripts/worlds_doc.py` 写成；请勿手改。",
        "intro": "关于普通人和受雇者的三套假设：`develop`（开发、演示、随附的参照），`tune`（在此选阈值）和 `report`（留作评判：不在其上选任何东西、训练任何东西，[一个测试](../../tests/unit/test_worlds_apart.py)让会学习的代码碰不到它）。生成方法：`truecrowd simulate PRESET --world NAME`。`develop~3` 是 `develop` 的第三个变体：数字、分布、手机和动作顺序都围绕它重新抽取（[varied.py](../../src/truecrowd/simulate/varied.py)）；`truecrowd train` 也从变体中学习。许可与局限：[数据卡](data-card.zh.md)；真实的人在一个世界里怎么做，逐行写在 [world_develop.py](../../src/truecrowd/simulate/world_develop.py)。",
        "author": "**三个世界出自同一作者。** 它们有意从不同假设写起（不同的分布族、手机、网络、用语、价格和手法），但作者想不到的东西，三个世界里都没有。下面的距离是“想到了的范围”有多宽，不是现实的边界。",
        "h_told": "分类器能分清这些世界吗？",
        "told": "对真实直播间的半小时片段（预设 `clean`，种子 1–3）做逻辑回归，按直播间交叉验证。0.5：完全分不清；1：总能分清。在一个世界里调好的东西，到另一个世界会遇到样子不同的直播间。",
        "all": "全部列", "talk": "只用发言和进房", "top": "权重最大的列（各列自身的 AUC）", "pair": "世界", "slices": "半小时片段",
        "h_distance": "真实的人怎么做，各世界相差多远",
        "distance": "从同一批直播间的事件计得（共 {n:,} 条）。KS：分布的 Kolmogorov-Smirnov 距离，0 到 1，旁列中位数。JS：构成的 Jensen-Shannon 散度，以 2 为底，0 到 1，旁列最常见者的占比。ln：比率之比的对数绝对值（0.69 即两倍）。",
        "quantity": "量", "measure": "指标",
        "h_priors": "先验",
        "priors": "名称和单位见 [world.py](../../src/truecrowd/simulate/world.py)。分布写作 族(中位数, 离散度)。",
        "prior_line": "- {a}、{b}：数值之比的 |ln| 中位数 {log:.2f}；{n} 个先验中有 {equal} 个相同",
        "prior": "先验",
        "h_real": "离录下的直播间有多远",
        "real": "让同一分类器区分模拟的真实半小时与录下的半小时（{rooms} 个公开直播间的 {n} 个半小时，都不卖货；没有标注，未必全是真实人群）。它只看发言和进房，因为录像里没有更多。这是温度计，不是目标：不为降低它而改动任何世界；数值低也不证明世界正确。",
        "no_real": "未运行：手边没有录像。",
        "world": "世界", "unwritten": "去掉由语言文字决定的列",
    },
}  # fmt: skip
ZH_NAMES = {
    "stay_s": "停留（秒）", "same_account_gap_s": "同账号两次发言间隔（秒）", "comments_per_talker": "每个发言者的评论数",
    "line_length": "每条字数", "taps_per_streak": "每串点赞数", "account_age_days": "账号年龄（天）", "price_yuan": "成交单价（元）",
    "order_to_payment_s": "下单到付款（秒）", "payment_to_ship_s": "付款到发货（秒）", "order_to_refund_s": "下单到退款（秒）",
    "event_types": "事件类型构成", "traffic_sources": "流量来源构成", "regions_by_rank": "地区（按名次）", "phones_by_rank": "手机（按名次）",
    "apps_by_rank": "客户端版本（按名次）", "operators_by_rank": "运营商（按名次）", "lines_by_rank": "评论文字（按名次）",
    "accounts_per_address": "每个地址的账号数", "talkers_per_viewer": "发言者/观众", "likes_per_join": "点赞/进房", "follows_per_join": "关注/进房",
    "badges_per_join": "点亮灯牌/进房", "clicks_per_join": "商品点击/进房", "orders_per_click": "下单/点击", "cancels_per_order": "取消/订单",
    "refunds_per_payment": "退款/付款", "reviews_per_delivery": "评价/签收", "accounts_young": "三天内注册的账号", "accounts_sharing_address": "与人共用地址的账号",
    "comment_fano_60s": "评论每分钟离散度", "busiest_minute": "最忙一分钟", "one_comment_accounts": "只说一句的账号", "top_account": "最多话的账号",
    "repeated_lines": "重复的评论", "commonest_line": "最常见的一句", "median_length": "字数中位数", "length_spread": "字数离散度", "long_lines": "长评论",
    "chinese_lines": "中文评论", "shared_second": "同一秒的评论", "join_fano_60s": "进房每分钟离散度", "joins_again": "再次进房", "age_days": "账号年龄（天）",
    "leaves_per_join": "离开/进房", "commonest_phone": "最常见的手机", "addresses_per_join": "地址数/进房",
}  # fmt: skip
"""Names of quantities in Chinese; in English the code itself, with spaces."""
KINDS = {"ks": "KS", "js": "JS", "log_ratio": "ln"}


def measured(real: Path) -> Measured:
    """Play every world's honest rooms and measure them."""
    events: dict[str, pa.Table] = {}
    cut: dict[str, Slices] = {}
    for name in NAMES:
        played = [simulate("clean", world=name, seed=seed, n_events=N_EVENTS).whole().events for seed in SEEDS]
        events[name] = pa.concat_tables(played).unify_dictionaries()
        cut[name] = slices(events[name])
        print(f"{name}: {events[name].num_rows:,} events, {len(cut[name].values)} half hours", file=sys.stderr)
    apart = {
        (a, b): (told_apart(cut[a], cut[b]), told_apart(cut[a].of_columns(tuple(TALK)), cut[b].of_columns(tuple(TALK))))
        for a, b in PAIRS
    }
    n = sum(table.num_rows for table in events.values())
    return Measured(priors(WORLDS), distances(events), apart, beside_real(cut, real), n)


def beside_real(cut: Mapping[str, Slices], real: Path) -> dict[str, tuple[Told, Told]] | None:
    """Separate each world's half hours from recorded ones; None where nothing is recorded."""
    found = recorded(real)
    if found is None:
        return None
    there = slices(found).thinned(MOST_SLICES)
    return {
        name: tuple(
            told_apart(own.of_columns(columns), there.of_columns(columns)) for columns in (tuple(TALK), UNWRITTEN)
        )
        for name, own in cut.items()
    }  # type: ignore[return-value]


def page(found: Measured, lang: str) -> str:
    """Return the whole page."""
    say = WORDS[lang]
    parts = [
        f"# {say['title']}", say["other"], say["made"], say["intro"], say["author"],
        f"## {say['h_told']}", say["told"], told_table(found, lang),
        f"## {say['h_distance']}", say["distance"].format(n=found.n_events), distance_table(found, lang),
        f"## {say['h_real']}", *real_part(found, lang),
        f"## {say['h_priors']}", say["priors"], prior_lines(found, lang), prior_table(found, lang),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def named(name: str, lang: str) -> str:
    """Return a quantity in words."""
    return ZH_NAMES[name] if lang == "zh" else name.replace("_", " ")


def table(head: list[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def told_table(found: Measured, lang: str) -> str:
    """Return the AUC of each pair of worlds."""
    say = WORDS[lang]
    rows = [
        [f"{a}, {b}", f"{every.auc:.3f}", f"{talk.auc:.3f}", tops(every, lang), f"{every.n[0]} + {every.n[1]}"]
        for (a, b), (every, talk) in found.apart.items()
    ]
    return table([say["pair"], say["all"], say["talk"], say["top"], say["slices"]], rows)


def tops(told: Told, lang: str) -> str:
    """Return the heaviest columns with their own AUC."""
    return "; ".join(f"{named(name, lang)} {value:.2f}" for name, value in told.top)


def distance_table(found: Measured, lang: str) -> str:
    """Return every quantity in every world."""
    say = WORDS[lang]
    head = [say["quantity"], *NAMES, say["measure"], *(f"{a}, {b}" for a, b in PAIRS)]
    rows = [
        [named(one.name, lang), *(f"{value:,.3g}" if value < 1_000 else f"{value:,.0f}" for value in one.values), KINDS[one.measure],
         *(f"{one.apart[pair]:.2f}" for pair in PAIRS)]
        for one in found.distances
    ]  # fmt: skip
    return table(head, rows)


def real_part(found: Measured, lang: str) -> Iterator[str]:
    """Yield what stands in the section on recordings."""
    say = WORDS[lang]
    if found.real is None:
        yield say["no_real"]
        return
    first = next(iter(found.real.values()))[0]
    yield say["real"].format(n=first.n[1], rooms=first.n_rooms[1])
    rows = [
        [name, f"{talk.auc:.3f}", tops(talk, lang), f"{plain.auc:.3f}", tops(plain, lang)]
        for name, (talk, plain) in found.real.items()
    ]
    yield table([say["world"], f"AUC, {say['talk']}", say["top"], f"AUC, {say['unwritten']}", say["top"]], rows)


def prior_lines(found: Measured, lang: str) -> str:
    """Return how far the priors themselves are apart."""
    apart = prior_distances(found.priors, NAMES)
    return "\n".join(
        WORDS[lang]["prior_line"].format(a=a, b=b, log=log, equal=equal, n=n)
        for (a, b), (log, equal, n) in apart.items()
    )


def prior_table(found: Measured, lang: str) -> str:
    """Return every prior."""
    rows = [[f"{one.section}.{one.name}", *(shown(value) for value in one.values)] for one in found.priors]
    return table([WORDS[lang]["prior"], *NAMES], rows)


def main(arguments: list[str]) -> int:
    """Measure, and write both pages."""
    real = Path(arguments[arguments.index("--real") + 1]) if "--real" in arguments else REAL
    found = measured(real)
    for name, lang in (("worlds.md", "en"), ("worlds.zh.md", "zh")):
        (REFERENCE / name).write_text(page(found, lang), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
