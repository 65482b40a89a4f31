"""What is said, as integer codes, and when honest people say it.

Free lines are numbered placeholders ("示例评论 17 号：…"): they show how often words repeat, and are of no use as a script.
A code is family * 10^12 + a * 10^8 + b * 10^4 + c; `render` turns codes into text.
"""

from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.simulate.kinds import F64, I64, Rng
from truecrowd.simulate.people import zipf
from truecrowd.simulate.rows import NONE, Rows, rows
from truecrowd.simulate.visits import Visits
from truecrowd.simulate.world import Talk

_FAMILY, _A, _B = 10**12, 10**8, 10**4
_PHRASE, _LINE, _ENGLISH, _STAFF, _SAYING, _REVIEW = range(6)

_PHRASES: Final = (
    "666", "来了", "好看", "想要", "主播好", "已拍", "晚上好", "哈哈哈", "多少钱", "支持", "喜欢", "怎么买", "谢谢", "收到",
    "拍了", "来啦", "有吗", "可以", "真的吗", "好的", "不错", "赞", "冲", "1",
)  # fmt: skip
_TOPICS: Final = (
    "颜色", "尺码", "面料", "款式", "价格", "快递", "赠品", "领口", "袖子", "腰围", "长度", "厚度", "标签", "拉链", "口袋", "里衬",
)  # fmt: skip
_ASKS: Final = (
    "有没有别的", "怎么选", "再讲一下", "和上次一样吗", "适合谁", "还会有吗", "看不清楚", "能近一点吗", "会不会变", "要多久",
    "有对比吗", "偏大还是偏小", "怎么打理", "有现货吗",
)  # fmt: skip
_N_NUMBERS: Final = 400
_REPLIES: Final = ("尺码表在商品页", "发货时间看详情", "优惠已自动生效", "有问题找客服")

SAYINGS: Final = {
    "vote": "想看上身效果的打 1",
    "draw": "抽奖开始：关注主播，并在评论区打出“示例口令八号”",
    "draw_answer": "示例口令八号",
    "limit_stock": "这款限量{}件，卖完下架",
    "sold_out": "已抢空，没有了",
    "released": "有{}件没付款，放出来了，还能拍",
    "offer": "限时{}分钟，过后恢复原价",
    "extended": "说到做到，活动延长{}分钟，之后恢复原价",
    "restored": "活动结束，现在恢复原价",
    "only_minutes": "这个价格只维持{}分钟，过后恢复原价",
    "only_minutes_en": "Only {} minutes at this price, then it goes back up",
    "last_pieces": "只剩最后{}件，拍完就没有了",
    "last_pieces_en": "Last {} pieces, after that it is gone",
    "found_more": "又申请到一批，快去拍",
    "raid_hello": "隔壁直播间过来的",
}
"""What host, platform and crowd say in set words; `{}` takes the code's number."""
_SAYING_KEYS: Final = tuple(SAYINGS)


def saying(key: str, number: int = 0) -> int:
    """Return the code of one of `SAYINGS` with its number, 0 to 9999."""
    return _SAYING * _FAMILY + _SAYING_KEYS.index(key) * _A + number


def phrase(text: str) -> int:
    """Return the code of an entry of the phrase table."""
    return _PHRASE * _FAMILY + _PHRASES.index(text) * _A


def staff_lines(rng: Rng, n: int) -> I64:
    """Return `n` codes of the few lines staff repeat all night."""
    return _STAFF * _FAMILY + rng.integers(0, len(_REPLIES), n) * _A


def reviews(rng: Rng, n: int) -> I64:
    """Return `n` codes of reviews, numbered placeholders."""
    return _REVIEW * _FAMILY + rng.integers(0, len(_TOPICS), n) * _A + rng.integers(1, 1_000, n)


def lines(rng: Rng, priors: Talk, n: int) -> I64:
    """Return `n` codes of what an honest crowd writes: table phrases, free lines, some of it in English; words repeat."""
    free = _free(
        rng.choice(len(_TOPICS), size=n, p=zipf(len(_TOPICS), 0.8)),
        rng.choice(len(_ASKS), size=n, p=zipf(len(_ASKS), 0.8)),
        rng.choice(_N_NUMBERS, size=n, p=zipf(_N_NUMBERS, 0.9)) + 1,
    )
    free = np.where(rng.random(n) < priors.english_share, free + (_ENGLISH - _LINE) * _FAMILY, free)
    table = rng.choice(len(_PHRASES), size=n, p=zipf(len(_PHRASES), 1.0)) * _A
    return np.where(rng.random(n) < priors.phrase_share, table, free).astype(np.int64)


def distinct_lines(rng: Rng, n: int) -> I64:
    """Return `n` codes of free lines, no two alike while the placeholders last (89,600), in no order."""
    n_lines = len(_TOPICS) * len(_ASKS) * _N_NUMBERS
    place = np.concatenate([rng.permutation(n_lines) for _ in range(n // n_lines + 1)])[:n]
    rest, number = np.divmod(place, _N_NUMBERS)
    topic, ask = np.divmod(rest, len(_ASKS))
    return _free(topic, ask, number + 1)


def _free(topic: I64, ask: I64, number: I64) -> I64:
    return np.asarray(_LINE * _FAMILY + topic * _A + ask * _B + number, dtype=np.int64)


def heat(rng: Rng, priors: Talk, n_minutes: int) -> F64:
    """Return how talkative each minute is, at most 1: gamma noise that lingers into the next minute."""
    fresh = rng.gamma(priors.heat_shape, 1.0 / priors.heat_shape, n_minutes)
    warm = np.empty(n_minutes)
    last = 1.0
    for minute in range(n_minutes):
        last = priors.heat_memory * last + (1.0 - priors.heat_memory) * fresh[minute]
        warm[minute] = last
    return np.asarray(warm / warm.max())


def comments(rng: Rng, priors: Talk, visits: Visits, warm: F64) -> Rows:
    """Return the comments of honest visits: few write, a few of these a lot, and all more in some minutes.

    Args:
        rng: Stream to draw from.
        priors: How much is written.
        visits: Of the people who may write.
        warm: Talkativeness of each minute, from `heat`.
    """
    who = np.flatnonzero(rng.random(len(visits)) < priors.commenter_share)
    more = np.ceil(rng.pareto(priors.more_tail, len(who)) * 2.0).clip(1, priors.more_max).astype(np.int64)
    count = np.where(rng.random(len(who)) < priors.once_share, 1, 1 + more)
    visit = np.repeat(who, count)
    first = np.cumsum(count) - count
    gaps = np.exp(priors.gap_sigma * rng.standard_normal(len(visit))) * priors.gap_median_s
    stay = visits.end_s[who] - visits.start_s[who]
    gaps[first] = rng.random(len(who)) ** 1.5 * stay  # the first one comes rather early in the visit
    at_s = visits.start_s[visit] + running(gaps, first, count)
    minute = (at_s / 60.0).astype(np.int64).clip(0, len(warm) - 1)
    is_said = (at_s < visits.end_s[visit]) & (rng.random(len(visit)) < np.sqrt(warm[minute]))
    return rows(
        "comment", at_s[is_said], account=visits.account[visit[is_said]], text=lines(rng, priors, is_said.sum())
    )


def running(values: F64, first: I64, count: I64) -> F64:
    """Return running sums that start anew at each group's first place.

    >>> running(np.array([1.0, 2.0, 5.0]), np.array([0, 2]), np.array([2, 1])).tolist()
    [1.0, 3.0, 5.0]
    """
    if not len(values):
        return values
    total = np.cumsum(values)
    return np.asarray(total - np.repeat(total[first] - values[first], count))


def answers(rng: Rng, priors: Talk, who: I64, at_s: float, code: int) -> Rows:
    """Return what `who` answer to a prompt: all the same words, three in four within 20 seconds."""
    delay = np.exp(priors.answer_sigma * rng.standard_normal(len(who))) * priors.answer_median_s
    return rows("comment", at_s + 0.8 + delay.clip(0.0, 120.0), account=who, text=code)


def render(codes: I64) -> pa.Array:
    """Return the text of codes as strings; null where a code is `NONE`."""
    distinct, place = np.unique(codes, return_inverse=True)
    words = pa.array([_word(int(code)) for code in distinct], pa.string())
    return words.take(pa.array(place))


def _word(code: int) -> str | None:
    if code == NONE:
        return None
    family, rest = divmod(code, _FAMILY)
    a, rest = divmod(rest, _A)
    b, number = divmod(rest, _B)
    if family == _PHRASE:
        return _PHRASES[a]
    if family == _LINE:
        return f"示例评论 {number} 号：这个{_TOPICS[a]}{_ASKS[b]}"
    if family == _ENGLISH:
        return f"sample comment {number}: question {b + 1} about item {a + 1}"
    if family == _STAFF:
        return f"客服示例 {a + 1}：{_REPLIES[a]}"
    if family == _REVIEW:
        return f"示例评价 {number} 号：{_TOPICS[a]}和页面上说的一样"
    return SAYINGS[_SAYING_KEYS[a]].format(number)
