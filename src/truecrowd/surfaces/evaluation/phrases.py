"""Words of the evaluation's page in both languages, and how both are put into it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from truecrowd.surfaces.report.phrases import LANGS, TAGS

if TYPE_CHECKING:
    from markupsafe import Markup

SAYINGS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("What was hidden, and how much of it was found", "藏了什么，找到多少"),
    "headline": (
        "Finds {share} of the manufactured rooms and flags {flagged} of {honest} honest ones",
        "找出 {share} 的人为直播间；{honest} 个真实直播间中标记了 {flagged} 个",
    ),
    "kind": ("evaluation", "评估"),
    "language": ("Language", "语言"),
    "interval": (
        (
            "In brackets: 95 % intervals; whole operators and whole hosts are drawn again 400 times. They say what another "
            "draw of this world would give, not what another world would."
        ),
        (
            "方括号内为 95% 区间：以整个操盘方、整个主播为单位重复抽样 400 次。它说明同一世界再抽一次会怎样，"
            "不说明换一个世界会怎样。"
        ),
    ),
    "simulated": (
        "All rooms are simulated. Nothing here says how often real rooms are manufactured.",
        "全部直播间均为模拟。这里的数字不说明真实直播间有多少是人为制造的。",
    ),
    "s_rooms": ("Rooms", "直播间"),
    "s_plain": ("Rooms, against plain honest rooms only", "直播间，只与普通真实直播间相比"),
    "s_guards": ("Honest crowds that look guilty", "易误判的真实人群"),
    "s_accounts": ("Accounts", "账号"),
    "s_roles": ("Accounts by role", "账号，按角色"),
    "s_budget": ("What hiding costs", "躲避的代价"),
    "s_orders": ("Orders", "订单"),
    "s_products": ("Goods", "商品"),
    "s_fleets": ("Fleets", "同控账号群"),
    "s_shares": ("How much: shares", "多少：占比"),
    "s_calibration": ("How sure: stated against observed", "多大把握：所述与所见"),
    "s_alarms": ("How soon: alarms", "多快：告警"),
    "s_fairness": ("Honest people by group", "真实账号，按群体"),
    "s_findings": ("Findings in honest rooms", "真实直播间里的发现"),
    "s_parts": ("Audits of this folder", "本文件夹中的各次审计"),
    "s_all": ("Every value", "全部数值"),
    "i_guards": (
        (
            "Part of the honest rooms of each family that is flagged as worth watching or above. Every bar to the right is "
            "an honest room accused."
        ),
        "每类真实直播间中，被标为“值得关注”及以上的比例。越靠右，被冤枉的真实直播间越多。",
    ),
    "i_budget": (
        (
            "Part of the bought accounts (orders for brushing) flagged as worth watching or above, by what the crowd's quality adds to the price; below, "
            "the median price of one campaign."
        ),
        "买来的账号（刷单看订单）中被标为“值得关注”及以上的比例，按人群质量的加价分列；下方为一次投放的价格中位数。",
    ),
    "i_roles": (
        "Part flagged as worth watching or above. For bought roles more is better, for honest ones less.",
        "被标为“值得关注”及以上的比例。对买来的角色越高越好，对真实的角色越低越好。",
    ),
    "i_fairness": (
        (
            "Part of honest accounts flagged as worth watching or above. Bars that differ mean that honest people are not "
            "treated alike."
        ),
        "真实账号中被标为“值得关注”及以上的比例。各条不一，说明真实的人没有得到同等对待。",
    ),
    "i_calibration": (
        "On the dashed line, what is called 70 % sure is so in 7 cases of 10.",
        "落在虚线上，意味着说“七成把握”的，十次里有七次如此。",
    ),
    "by_checks": ("each check by its own scores", "各项检查各自的分数"),
    "by": ("ordered by", "排序依据"),
    "scheme": ("scheme", "手法"),
    "rows": ("manufactured / rows", "人为 / 总行数"),
    "bought_rows": ("manufactured", "人为行数"),
    "what": ("what", "项目"),
    "value": ("value", "数值"),
    "n": ("rows", "行数"),
    "note": ("remark", "说明"),
    "block": ("block", "板块"),
    "measure": ("measure", "指标"),
    "part": ("audit", "审计"),
    "group": ("group", "分组"),
    "filter": ("Filter", "筛选"),
    "save": ("Save as CSV", "存为 CSV"),
    "yuan": ("{n} yuan", "{n} 元"),
    "show": ("Show", "展开"),
    "honest_role": ("honest", "真实"),
    "bought_role": ("bought", "买来"),
    "events": ("{n} events", "{n} 条事件"),
    "rooms": ("{n} rooms", "{n} 个直播间"),
    "accounts": ("{n} accounts in rooms", "{n} 个直播间账号"),
    "faults": ("faults: {n}", "缺陷：{n}"),
    "preset": ("preset {n}", "预设 {n}"),
    "world": ("world {n}", "世界 {n}"),
    "seed": ("seed {n}", "种子 {n}"),
}
"""English and Chinese by code; `{n}` and other names are filled in."""


def say(code: str, lang: str, **params: object) -> str:
    """Return one sentence in one language."""
    return SAYINGS[code][0 if lang == "en" else 1].format(**params)


def both(said: Callable[[str], str]) -> "Markup":
    """Return a text in both languages, escaped; once where they are equal."""
    from markupsafe import Markup, escape

    texts = {lang: said(lang) for lang in LANGS}
    if len(set(texts.values())) == 1:
        return escape(texts[LANGS[0]])
    return Markup("").join(
        Markup('<span class="{}" lang="{}">{}</span>').format(lang, TAGS[lang], text) for lang, text in texts.items()
    )


def word(code: str, **params: object) -> "Markup":
    """Return a saying in both languages."""
    return both(lambda lang: say(code, lang, **params))
