import itertools
import random

import pytest

from vwi_lake.qa.vote import first_turn, is_decided, joined, most_possible, needed, relation_of


def words(a, b):
    """a = a; x is open with everything; else different."""
    return True if a == b else None if "x" in (a, b) else False


@pytest.mark.parametrize(
    ("answers", "groups", "possible"),
    [
        ("", [], 0),
        ("a", [[0]], 1),
        ("aab", [[0, 1], [2]], 2),
        ("aba", [[0, 2], [1]], 2),
        ("axb", [[0], [1], [2]], 2),
        ("axx", [[0], [1, 2]], 3),
        ("abcd", [[0], [1], [2], [3]], 1),
        ("abcx", [[0], [1], [2], [3]], 2),  # an open one can side with one of them only
    ],
)
def test_groups(answers, groups, possible):
    pairs = relation_of(list(answers), words)
    assert joined(len(answers), pairs) == groups
    assert most_possible(len(answers), pairs) == possible


def test_no_group_holds_a_certain_difference():
    pairs = {(0, 1): False, (0, 2): True, (1, 2): True}
    assert joined(3, pairs) == [[0, 2], [1]]
    assert joined(3, pairs, more=[[0, 1, 2]]) == [[0, 2], [1]]
    assert joined(3, {(0, 1): False, (0, 2): None, (1, 2): None}, more=[[0, 1, 2]]) == [[0, 2], [1]]


@pytest.mark.parametrize(
    ("planned", "share", "wanted", "first"), [(4, 0.5, 3, 3), (4, 0.75, 4, 2), (3, 0.5, 2, 2), (1, 0.5, 1, 1), (8, 0.5, 5, 5)]
)
def test_how_many_must_agree_and_how_many_be_heard_first(planned, share, wanted, first):
    assert needed(planned, share) == wanted
    assert first_turn(planned, wanted) == first


@pytest.mark.parametrize(
    ("answers", "left", "decided"),
    [("aaa", 1, True), ("aab", 1, False), ("abc", 1, True), ("abx", 1, False), ("aa", 2, False), ("ab", 2, False), ("", 4, False)],
)
def test_a_vote_of_four(answers, left, decided):
    assert is_decided(len(answers), relation_of(list(answers), words), left, 3) is decided


def outcome(n, pairs, wanted):
    largest = max(joined(n, pairs), key=len)
    return largest[0] if len(largest) >= wanted else None


@pytest.mark.parametrize("planned", [3, 4, 5, 6])
def test_a_decided_vote_stays_whatever_the_rest_says(planned):
    """Any relation at all, not only such as real answers have: symmetric, yet neither transitive nor consistent."""
    chosen = random.Random(planned)
    n_decided = 0
    for _ in range(3000):
        places = list(itertools.combinations(range(planned), 2))
        pairs = {place: chosen.choices([True, False, None], [5, 4, 1])[0] for place in places}
        wanted = needed(planned, 0.5)
        for heard in range(1, planned):
            known = {place: equal for place, equal in pairs.items() if place[1] < heard}
            if is_decided(heard, known, planned - heard, wanted):
                n_decided += 1
                assert outcome(heard, known, wanted) == outcome(planned, pairs, wanted)
    assert n_decided > 300
