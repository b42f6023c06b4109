"""LLaVA's sampling rules, as its loader has them, but alike each time."""

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.export.sampling import drawn


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        ("all", [0, 1, 2, 3, 4, 5, 6]),
        ("first:3", [0, 1, 2]),
        ("end:2", [5, 6]),
        ("first:10%", [0]),  # rounded up, as the original does
        ("end:50%", [3, 4, 5, 6]),
        ("first:99", [0, 1, 2, 3, 4, 5, 6]),
        ("end:0", []),
        ("random:100%", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_places(rule, places):
    assert drawn(rule, 7, seed=1) == places


@pytest.mark.parametrize(("rule", "size"), [("random:30", 30), ("random:25%", 25), ("25%", 25), ("30", 30)])
def test_random_is_alike_for_a_seed_and_in_order(rule, size):
    one = drawn(rule, 100, seed=1)
    assert one == drawn(rule, 100, seed=1) == sorted(set(one))
    assert len(one) == size
    assert one != drawn(rule, 100, seed=2)


@pytest.mark.parametrize("rule", ["", "some", "first", "first:", "random:-1", "random:1.5", "random:5%%", "all:3", "middle:3"])
def test_other_words_are_told(rule):
    with pytest.raises(VwiError, match="no sampling rule"):
        drawn(rule, 7, seed=1)
