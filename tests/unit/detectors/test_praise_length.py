"""Reviews are invented here: a step at 15 characters is found, smooth lengths and pasted texts stay silent."""

from functools import partial

import numpy as np
import pytest
from invented_rooms import OPENS_US, by_name, look, of_columns, params_of

from truecrowd.detectors.praise_length import DETECTOR

events = partial(of_columns, event_type="review")
examine = partial(look, DETECTOR)


def reviews(rng, lengths, prefix="u", *, product="p", **fixed):
    """Return reviews of these lengths, each of words of its own."""
    n = len(lengths)
    letters = [chr(0x4E00 + k) for k in range(2_000)]
    made = {
        "ts": OPENS_US + np.arange(n) * 60_000_000, "account_id": [f"{prefix}{k}" for k in range(n)],
        "product_id": [product] * n, "text": ["".join(rng.choice(letters, size)) for size in lengths],
    }  # fmt: skip
    return made | {name: [value] * n if isinstance(value, str | None) else value for name, value in fixed.items()}


def chinese(rng, n):
    return np.clip(np.round(rng.lognormal(np.log(9), 0.7, n)), 1, 200).astype(int)


def english(rng, n):
    return np.clip(np.round(rng.lognormal(np.log(45), 0.8, n)), 1, 400).astype(int)


@pytest.mark.parametrize("lengths", [chinese, english])
@pytest.mark.parametrize("seed", range(10))
def test_smooth_lengths_are_silent_in_any_language(lengths, seed):
    rng = np.random.default_rng(seed)

    seen = examine(events(reviews(rng, lengths(rng, 600))))

    assert (seen.findings.num_rows, max(by_name(seen, "product").values())) == (0, 0)


@pytest.mark.parametrize(("n", "found"), [(40, 0), (300, 1)])
def test_reviews_written_to_fifteen_characters_are_found(n, found):
    rng = np.random.default_rng(1)

    seen = examine(events(reviews(rng, chinese(rng, 100)), reviews(rng, rng.integers(15, 19, n), "f")))

    assert seen.findings["subject_id"].to_pylist() == ["p"] * found
    if found:
        params = params_of(seen)[0]
        assert params["n_above"] >= n > params["n_below"]


@pytest.mark.parametrize("step_at", [8, 10, 20])
def test_a_step_elsewhere_is_nothing(step_at):
    rng = np.random.default_rng(2)

    seen = examine(events(reviews(rng, chinese(rng, 200)), reviews(rng, rng.integers(step_at, step_at + 4, 200), "f")))

    assert seen.findings.num_rows == 0


def test_accounts_and_products_score_by_their_own_reviews():
    rng = np.random.default_rng(3)
    parts = [reviews(rng, chinese(rng, 100), product="q"), reviews(rng, rng.integers(15, 19, 150), "f", product="p")]

    seen = examine(events(*parts))

    by_account = by_name(seen, "account")
    assert min(score for name, score in by_account.items() if name.startswith("f")) > 1
    assert max(score for name, score in by_account.items() if name.startswith("u")) == 0
    assert by_name(seen, "product")["q"] == 0 < by_name(seen, "product")["p"]


def test_one_text_pasted_by_many_counts_once():
    rng = np.random.default_rng(4)

    seen = examine(
        events(reviews(rng, chinese(rng, 100)), reviews(rng, [16] * 200, "f", text="一模一样的十六个字的好评大家粘贴"))
    )

    assert max(by_name(seen, "product").values()) == 0


def test_one_account_with_many_reviews_counts_once():
    rng = np.random.default_rng(5)

    seen = examine(events(reviews(rng, chinese(rng, 100)), reviews(rng, [16] * 200, account_id="w")))

    assert max(by_name(seen, "product").values()) == 0


def test_a_dozen_reviews_are_no_finding():
    rng = np.random.default_rng(6)

    assert examine(events(reviews(rng, [16] * 12))).findings.num_rows == 0


def test_varied_lengths_are_not_seen():
    rng = np.random.default_rng(7)

    seen = examine(events(reviews(rng, chinese(rng, 100)), reviews(rng, chinese(rng, 300), "f")))

    assert max(by_name(seen, "product").values()) == 0


def test_reviews_without_products_are_compared_by_room():
    rng = np.random.default_rng(8)

    seen = examine(events(reviews(rng, rng.integers(15, 19, 150)), drop=("product_id",)))

    assert (seen.coverage["mode"].to_pylist(), seen.coverage["reason"].to_pylist()) == (
        ["no_products"],
        ["no_product_id"],
    )
    assert seen.findings["subject_type"].to_pylist() == ["room"]


def test_masked_accounts_are_nobody():
    rng = np.random.default_rng(9)

    seen = examine(events(reviews(rng, [16] * 100), id_kind="masked"))

    assert (seen.coverage["reason"].to_pylist(), seen.scores.num_rows) == (["masked_ids"], 0)
