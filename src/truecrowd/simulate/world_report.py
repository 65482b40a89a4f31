"""The world `report`: a large afternoon apparel room of loyal regulars, watched at home.

Kept for judging: no threshold is chosen and nothing is trained on it. All values are invented by the same author as the
other worlds, from other assumptions again: log-logistic stays and gaps, on-off minutes, three price bands of phones,
households behind one address, dear goods, farms that trickle in and share nothing with the other worlds' tricks.
"""

from typing import Final

from truecrowd.simulate.world import (
    Acts,
    Ages,
    Arrivals,
    Brushing,
    Crowds,
    Farm,
    Guards,
    Networks,
    Phones,
    Prices,
    Shop,
    Shown,
    Stay,
    Talk,
    Troupe,
    Words,
    World,
)  # fmt: skip

REPORT_EN: Final = Words(
    phrases=("good afternoon", "looks great", "checking in", "badge on", "try it on please", "beautiful", "the blue one", "size S", "size M", "size L", "all ordered", "next one", "OK", "2", "well done", "in stock?", "saving this"),
    topics=("shape", "drape", "colour match", "after washing", "outfit", "layering", "fit", "pilling", "see-through", "stretch", "shoulder", "leg length", "waistband", "sleeves"),
    asks=("what is it like", "tell us a little more", "like the picture or not", "does it suit curvy women", "for one metre sixty", "must it be ironed", "how many days", "can it be exchanged", "is the return free", "warm enough for winter"),
    line="dummy sentence {n}, {a}: {b}?",
    foreign="样句第{n}条 {a}/{b}",
    bargain="dummy haggling {n}, can the {a} be less?",
    praise="dummy returning buyer {n}, pleased with the {a}",
    title="sample {a} no. {n}",
    staff_line="staff sample {n}: {a}",
    staff=("tell us your height", "see bottom left", "noted for you", "we reply after the show"),
    review="dummy review {n}, {a} as described",
    paid_review="dummy written-for-hire review {n}, {a} beyond expectations, fine work, friends keep asking where I got it",
    sayings=(
        ("vote", "type 1 to see it tried on"),
        ("draw", "draw: follow first, then type \"dummy word three\""),
        ("limit_stock", "there are only {}, until sold out"),
        ("sold_out", "sold out, no more stock"),
        ("released", "{} unpaid ones returned to stock, order now"),
        ("offer", "timed price for {} minutes, after that the old price"),
        ("extended", "extended by {} minutes, after that the old price"),
        ("restored", "offer ended, old price restored"),
        ("only_minutes", "{} minutes only at this price, then the old price"),
        ("only_minutes_en", "This price is for {} minutes only, then it goes back up"),
        ("last_pieces", "just {} left"),
        ("last_pieces_en", "Last {} pieces left"),
        ("found_more", "the warehouse found some"),
        ("raid_hello", "the last host sent us"),
        ("draw_answer", "dummy word three"),
        ("storm", "dummy full screen wish"),
        ("packet", "dummy packet word"),
        ("no_sound", "no audio"),
        ("echo", "echo"),
        ("slogan", "dummy banner: with you to the end"),
        ("command", "/{}"),
        ("typed", "{}"),
        ("click_666", "type 666 if you want one"),
        ("guest", "our guest has arrived"),
        ("wrong_price", "wrong price set, paid orders go out as usual"),
        ("packet_call", "packet on the hour, type the word"),
        ("reconnect", "lost connection, come in again"),
        ("bulk", "dummy long sentence {}, wore the last one for a month and washed it three times, now I want another colour for my sister"),
    ),
    goods=(("apparel", ("cashmere jumper", "trench coat", "silk dress", "jeans", "suit", "belt", "silk scarf")), ("household", ("scent", "vase", "blanket", "lamps"))),
)  # fmt: skip
"""What is written in rooms in English."""

REPORT: Final = World(
    name="report",
    arrivals=Arrivals(
        warm_up_s=1_500.0, warm_up_rate=0.3, minute=("onoff", 1.0, 1.25), pushes_per_hour=0.4, push_factor=3.0,
        repeat_share=0.31, repeat_gap_min_s=120.0, repeat_gap=("loglogistic", 1_500.0, 2.0),
        sources=(("recommend", 0.35), ("follow", 0.41), ("search", 0.05), ("share", 0.08), ("paid", 0.04), ("external", 0.07)),
    ),
    stay=Stay(parts=((1.0, ("loglogistic", 270.0, 1.15)),), lost_leave_share=0.015),
    talk=Talk(
        commenter_share=0.044, settle_s=420.0, once_share=0.35, more_tail=1.8, more_max=80, gap=("loglogistic", 52.0, 1.9),
        heat=("weibull", 1.0, 0.5), heat_memory=0.75, phrase_share=0.68, phrase_tail=1.3, copy_share=0.02, english_share=0.10, tier_share=0.15,
        prompts_per_hour=1.0, answer_share=0.04, answer=("loglogistic", 8.0, 1.8), slow_modes_s=(0.0, 0.0, 0.0, 20.0),
    ),
    words=Words(
        phrases=("下午好", "姐姐好看", "报到", "牌子亮了", "求上身", "美", "蓝色", "S码", "M码", "L码", "拍好了", "等下一件", "OK", "2", "哇", "辛苦了",
                 "爱了", "打卡", "有货吗", "收"),
        topics=("版型", "垂感", "色差", "洗后", "搭配", "内搭", "显瘦", "起球", "透不透", "弹力", "肩线", "裤长", "腰头", "袖长"),
        asks=("怎么样呀", "能说说吗", "和图一样不", "微胖能穿吗", "一米六呢", "要熨吗", "几天到", "可以换吗", "有运费险吧", "冬天行吗", "还补货吗"),
        line="样句第{n}条 {a}{b}", foreign="dummy line no. {n} ({a}/{b})", bargain="样句议价第{n}条 {a}能少点不",
        title="示例{a} {n} 号", staff_line="客服示例 {n}：{a}", praise="样句回头客第{n}条 {a}满意", staff=("身高体重打出来", "看左下角", "已为您备注", "下播统一回复"),
        review="样评第{n}条 {a}符合描述", paid_review="样评代写第{n}条 {a}超出预期做工精细朋友看了都问在哪里买的",
        sayings=(
            ("vote", "要试穿的姐妹打 1"), ("draw", "抽奖：先关注，再打“样句口令三”"), ("limit_stock", "只有{}件，售完为止"),
            ("sold_out", "售罄，没货了"), ("released", "{}件未付款已退回库存，可以拍"), ("offer", "限时价{}分钟，结束恢复原价"),
            ("extended", "延长{}分钟，结束后恢复原价"), ("restored", "限时结束，已恢复原价"),
            ("only_minutes", "只有{}分钟是这个价，之后恢复原价"), ("only_minutes_en", "This price is for {} minutes only, then it goes back up"),
            ("last_pieces", "仅剩{}件"), ("last_pieces_en", "Last {} pieces left"), ("found_more", "仓库又找到一些"),
            ("raid_hello", "上一家下播过来的"), ("draw_answer", "样句口令三"), ("storm", "样句全屏祝福"), ("packet", "样句红包词"),
            ("no_sound", "没声"), ("echo", "回音"), ("slogan", "样句横幅：一起支持到底"), ("command", "/{}"), ("typed", "{}"),
            ("click_666", "要的姐妹打 666"), ("guest", "特邀嘉宾到了"), ("wrong_price", "价格设错，已付款订单照常发"),
            ("packet_call", "整点红包，打口令"), ("reconnect", "刚才掉线了，重新进一下"), ("bulk", "样句长文第{}条 上次买的那件已经穿了一个多月洗过三回，想再带一件别的颜色给妹妹"),
        ),
        goods=(("apparel", ("羊绒衫", "风衣", "真丝裙", "牛仔裤", "西装", "皮带", "丝巾")), ("household", ("香薰", "花瓶", "毯子", "灯具"))),
    ),
    words_en=REPORT_EN,
    english_room_share=0.2,
    acts=Acts(
        like_share=0.08, streaks_mean=4.5, taps=("weibull", 25.0, 0.7), follow_share=0.055, club_share=0.03, badge_share=0.09,
        gift_share=0.012, share_share=0.003,
    ),
    phones=Phones(
        models=tuple((f"RP{band}{place}", weight / 8, 11 + (place + band) % 6, 900 + band * 2_600 + place * 120)
                     for band, weight in enumerate((0.25, 0.4, 0.35)) for place in range(8)),
        os_lag_mean=0.6, apps=(("2026.3", 0.7), ("2026.2", 0.2), ("2025.12", 0.07), ("2025.6", 0.03)),
    ),
    networks=Networks(
        sharing="homes", mobile_share=0.25, mobile_addresses=60, mobile_tail=1.1,
        asns=((64_801, 0.3), (64_802, 0.25), (64_803, 0.2), (64_804, 0.12), (64_805, 0.08), (64_806, 0.05)), n_regions=24,
        region_tail=0.3,
    ),
    ages=Ages(days=("loglogistic", 1_100.0, 1.7), young_share=0.002),
    shop=Shop(
        n_products=8, slot_s=1_100.0, price_yuan=("loglogistic", 320.0, 2.4), price_ending_minor=800, live_discount=0.85,
        click_share=0.12, on_air_share=0.9, popup_share=0.5, order_share=0.62, quantities=(0.95, 0.05), unpaid_share=0.06,
        unpaid_after_s=600.0, pay=("loglogistic", 11.0, 2.2), ship_hours=("lognormal", 30.0, 0.35),
        deliver_days=("lognormal", 2.2, 0.4), refund_shares=(("apparel", 0.58), ("household", 0.2)), early_refund_share=0.12,
        late_refund_days=("lognormal", 3.5, 0.5), review_share=0.2,
    ),
    shown=Shown(online_multiple=9.0, online_noise=0.004, every_s=120.0, bare_share=0.003),
    crowds=Crowds(
        fan_share=0.06, fan_stay_median_s=6_500.0, n_staff=8, raid_share=0.03, raid_within_s=240.0, draw_share=0.005,
        draw_answer_share=0.3, deal_share=0.015,
    ),
    guards=Guards(
        storm_share=0.45, storm=("loglogistic", 10.0, 2.0), command_share=0.5, celebrity_factor=0.6, link_share=0.2,
        paid_share=0.25, young_share=0.15, school_share=0.45, campus_share=0.6, subsidised_share=0.25, older_share=0.3,
        release_share=0.6, reader_share=0.05, price_error_share=0.2, packet_share=0.15, commanded_share=0.55, slogan_share=0.1,
        outage_share=0.95, sampled_per_s=0.03, tick_s=1.0, masked_names=1, unseen_join_share=0.8, burst_factor=6.0,
        refund_share=0.6, long_line=15,
    ),
    farm=Farm(
        models=(("RP00", 11, "2025.6"), ("RP03", 12, "2025.6"), ("RP05", 12, "2025.12"), ("RP11", 13, "2025.12"), ("RP14", 13, "2025.6")),
        waves=((1.0, 0.0),), join_within_s=240.0, steps=("follow", "light_badge", "like", "share"), order_within_s=90.0,
        order_every_s=600.0, gap_s=(500.0, 900.0), gap_jitter_s=25.0, round_robin=False, address_run=False, talker_share=0.25,
        age_days=(20.0, 120.0), batch_hours=1.0, batch_size=200, n_regions=8,
    ),
    troupe=Troupe(
        arrive_s=(0.5, 60.0), steps=("like", "comment", "fan_club", "follow", "light_badge", "product_click"),
        step=("loglogistic", 30.0, 3.0), line_gap=("loglogistic", 180.0, 3.0), stay_s=(3_600.0, 3_900.0),
    ),
    brushing=Brushing(n_addresses=2, within_s=480.0, refund_share=0.9, refund_days=(2.0, 6.5), pay_s=(5.0, 9.0)),
    prices=Prices(
        farm_500=75.0, farm_hours=3.0, popups_3h=15.0, likes_2000=14.0, viewers_100=60.0, person_hour=5.0, review=8.0,
        brushed_order=3.0, premiums=(0.0, 0.0, 0.25, 1.0, 3.0),
    ),
)  # fmt: skip
"""The third world."""
