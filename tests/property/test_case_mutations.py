"""Whatever is changed in a case file or a sealed page, verify fails; `make soak` makes fifty times as many changes."""

import random

from changes import case_file, changed, is_sealed
from hypothesis import given
from hypothesis import strategies as st
from sealed_case import failed, shared


@given(st.integers(0, 2**64))
def test_every_change_of_a_case_file_fails(seed: int) -> None:
    body = changed(case_file(), random.Random(seed))

    assert failed(body, shared().trust)


@given(st.integers(0, 2**64))
def test_every_change_of_a_sealed_page_fails_but_to_strip_the_seal(seed: int) -> None:
    body = changed(shared().page, random.Random(seed))

    assert failed(body, shared().trust) or not is_sealed(body)
