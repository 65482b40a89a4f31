"""The world `develop`: a mid-sized Chinese apparel room, as its author imagines it.

Every value says where it comes from: D7 and D6 are the project's design notes on the simulator and on honest crowds
(recorded, unlabelled rooms); P is the press on paid crowds; "invented" is the author's guess and nothing else.
The shipped reference may be built from this world, so nothing here was chosen by looking at a detector.
"""

from typing import Final

from truecrowd.simulate.world import (
    Acts,
    Ages,
    Arrivals,
    Brushing,
    Crowds,
    Farm,
    Networks,
    Phones,
    Shop,
    Shown,
    Stay,
    Talk,
    Troupe,
    World,
)

DEVELOP: Final = World(
    name="develop",
    arrivals=Arrivals(
        warm_up_s=1_200.0,  # P: rooms are "heated" about 20 minutes before the first offer
        warm_up_rate=0.45,  # invented
        minute_shape=12.0,  # D6: 60 s Fano of joins 2.6-7.1 in small rooms
        repeat_share=0.20,  # D6: 24 % of joins in one room were repeats
        repeat_gap_min_s=660.0,  # D6: gaps from about 660 s
        repeat_gap_median_s=1_100.0,  # invented
        repeat_gap_sigma=0.9,  # invented
        sources=(
            ("recommend", 0.58), ("follow", 0.19), ("search", 0.08), ("share", 0.06), ("paid", 0.07), ("external", 0.02),
        ),  # invented; platforms say most viewers come by recommendation
    ),
    stay=Stay(
        weights=(0.40, 0.49, 0.11),  # invented, to meet D7: median 2-5 min, 5 % over an hour
        medians_s=(45.0, 300.0, 3_000.0),  # same
        sigmas=(0.8, 0.9, 0.7),  # invented
        lost_leave_share=0.03,  # D7: a few per cent of leave events are missing
    ),
    talk=Talk(
        commenter_share=0.14,  # invented, to meet D7: about 8 % of joiners comment (quiet minutes thin this out)
        once_share=0.48,  # D6: one-comment accounts 16-93 %
        more_tail=1.1,  # invented: a few people write a lot
        more_max=60,  # invented
        gap_median_s=45.0,  # invented, to meet D7: seen gaps of one account have a median of 41-109 s
        gap_sigma=1.1,  # invented
        heat_shape=1.6,  # D7: 60 s Fano of comments 18-180 when busy
        heat_memory=0.55,  # invented
        phrase_share=0.52,  # D7: 35-75 % of Chinese chat comes from a phrase table
        english_share=0.05,  # invented
        prompts_per_hour=1.6,  # D7 (a guess there): 1-3 prompts an hour
        answer_share=0.30,  # invented, to meet D7: 50-225 accounts answer
        answer_median_s=9.0,  # D7 (a guess there): three in four within 20 s
        answer_sigma=0.9,  # same
    ),
    acts=Acts(
        like_share=0.13,  # invented
        streaks_mean=2.6,  # invented
        taps_median=11.0,  # invented
        taps_sigma=1.2,  # invented
        follow_share=0.035,  # invented; industry talk of 2-5 %
        club_share=0.010,  # invented
        badge_share=0.030,  # invented
        gift_share=0.004,  # invented
        share_share=0.007,  # invented
    ),
    phones=Phones(
        models=(
            ("DM-A51", 0.140, 15), ("DM-A33", 0.095, 14), ("DM-C12", 0.080, 13), ("EX-9", 0.070, 18), ("EX-8", 0.065, 17),
            ("EX-7", 0.050, 16), ("FN-20", 0.055, 14), ("FN-18", 0.050, 13), ("FN-16L", 0.040, 12), ("GR-6", 0.045, 15),
            ("GR-5", 0.040, 14), ("GR-4S", 0.035, 13), ("HL-30", 0.035, 15), ("HL-28", 0.030, 14), ("HL-22", 0.025, 12),
            ("JD-K7", 0.025, 13), ("JD-K5", 0.022, 12), ("KP-11", 0.020, 14), ("KP-10", 0.018, 13), ("LU-2", 0.015, 15),
            ("LU-1", 0.012, 13), ("MO-X", 0.010, 12), ("NT-3", 0.009, 14), ("NT-2", 0.007, 12), ("OB-F", 0.007, 15),
        ),  # invented names; one popular cheap phone has 14 % (invented, market leaders' best sellers have 5-15 %)
        os_lag_mean=1.1,  # invented
        apps=(("31.4.0", 0.46), ("31.3.0", 0.24), ("31.2.0", 0.13), ("30.9.0", 0.09), ("30.5.0", 0.05), ("29.8.0", 0.03)),
        # invented: half have the newest client
    ),
    networks=Networks(
        mobile_share=0.55,  # invented
        mobile_addresses=240,  # invented; D6: honest crowds share addresses
        mobile_tail=0.7,  # invented
        asns=((64_601, 0.41), (64_602, 0.29), (64_603, 0.19), (64_604, 0.07), (64_605, 0.04)),  # invented
        n_regions=31,  # mainland provinces
        region_tail=0.6,  # invented
    ),
    ages=Ages(
        median_days=760.0,  # invented
        sigma=1.1,  # invented
        young_share=0.006,  # D6: 1 of 836 commenters was at most 3 days old; viewers at large a little younger
    ),
    shop=Shop(
        n_products=10,  # invented
        slot_s=930.0,  # invented: 15 minutes a product fill the evening after the warm-up
        price_low_minor=3_900,  # invented
        price_high_minor=29_900,  # invented
        live_discount=0.72,  # invented
        click_share=0.20,  # invented
        on_air_share=0.78,  # invented
        popup_share=0.42,  # invented
        order_share=0.55,  # invented
        quantities=(0.86, 0.11, 0.03),  # invented
        unpaid_share=0.11,  # invented
        unpaid_after_s=900.0,  # invented: a common platform limit is 15 minutes
        pay_median_s=14.0,  # invented
        pay_sigma=0.9,  # invented
        ship_hours=(18.0, 44.0),  # platforms ask for 48 h
        deliver_days=(1.5, 4.0),  # invented
        refund_shares=(("apparel", 0.30), ("household", 0.12)),  # D6: trade press says more (50-60 %), weak
        early_refund_share=0.25,  # invented
        late_refund_days=(0.3, 7.0),  # seven days without a reason are law for distance sales in China
        review_share=0.12,  # invented
    ),
    shown=Shown(
        online_multiple=3.4,  # D6: shown count is often a fixed multiple; the value is invented
        online_noise=0.012,  # invented
        every_s=60.0,  # invented
        bare_share=0.01,  # D7: about 1 % lack device and network
    ),
    crowds=Crowds(
        fan_share=0.020,  # invented
        fan_stay_median_s=5_400.0,  # invented
        n_staff=5,  # invented
        raid_share=0.060,  # invented
        raid_within_s=100.0,  # invented
        draw_share=0.012,  # invented
        draw_answer_share=0.45,  # D6: 225 accounts wrote the same within 10 s in a large room
        deal_share=0.030,  # invented
    ),
    farm=Farm(
        models=(("FN-16L", 11, "30.9.0"), ("DM-C12", 12, "30.9.0"), ("JD-K5", 11, "30.5.0")),  # P: old phones in rows
        join_within_s=25.0,  # invented; P: a whole row acts on one tap
        order_within_s=20.0,  # same
        order_every_s=240.0,  # invented
        gap_s=(330.0, 540.0),  # invented
        gap_jitter_s=9.0,  # invented
        talker_share=0.45,  # invented; P: "interacting" accounts are the dearer half
        age_days=(4.0, 40.0),  # P: accounts raised three days or more before use
        batch_hours=3.0,  # invented
        batch_size=75,  # invented; P: systems of 100 phones
    ),
    troupe=Troupe(
        arrive_within_s=180.0,  # P: there twenty minutes before the first offer
        step_median_s=45.0,  # invented
        step_sigma=0.35,  # invented
        line_gap_median_s=230.0,  # invented
        line_gap_sigma=0.5,  # invented
        stay_s=(3_660.0, 4_300.0),  # P: not to leave for an hour
    ),
    brushing=Brushing(
        n_addresses=3,  # invented
        refund_share=0.85,  # P: two thirds and more refunded within days
        refund_days=(1.0, 3.0),  # P
        pay_s=(4.0, 20.0),  # invented
    ),
)  # fmt: skip
"""The first world; used for development, the demo, and the shipped reference."""
