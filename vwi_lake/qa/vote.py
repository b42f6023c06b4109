"""Who agrees with whom, and when a vote is decided before all have been heard."""

from collections.abc import Callable, Sequence
from itertools import combinations

_FEW = 10  # answers, whose groups may all be tried
Relation = dict[tuple[int, int], bool | None]  # (i, j) with i < j: the same, different, or open


def relation_of(answers: list[str], same: Callable[[str, str], bool | None]) -> Relation:
    """Each pair of different texts is judged once."""
    judged: dict[tuple[str, str], bool | None] = {}
    pairs: Relation = {}
    for j in range(len(answers)):
        for i in range(j):
            texts = answers[i], answers[j]
            if texts not in judged:
                judged[texts] = same(*texts)
            pairs[i, j] = judged[texts]
    return pairs


def joined(n: int, pairs: Relation, more: Sequence[list[int]] = ()) -> list[list[int]]:
    """Groups of those that agree, directly or through others, or that `more` puts together; never with a certain difference inside.

    Taken in the order of the later member, so that the groups of the first k never depend on those who follow.
    """
    leader = list(range(n))
    given = [(i, j) for members in more for i, j in combinations(sorted(members), 2)]
    for i, j in [*sorted((p for p, equal in pairs.items() if equal), key=lambda p: (p[1], p[0])), *given]:
        low, high = sorted((leader[i], leader[j]))
        if low != high and not _apart(leader, low, high, pairs):
            leader = [low if k == high else k for k in leader]
    groups: dict[int, list[int]] = {}
    for index, first in enumerate(leader):
        groups.setdefault(first, []).append(index)
    return list(groups.values())


def _apart(leader: list[int], low: int, high: int, pairs: Relation) -> bool:
    ours, theirs = ([k for k, first in enumerate(leader) if first == group] for group in (low, high))
    return any(_pair(pairs, i, j) is False for i in ours for j in theirs)


def _pair(pairs: Relation, i: int, j: int) -> bool | None:
    return pairs[min(i, j), max(i, j)]


def most_possible(n: int, pairs: Relation) -> int:
    """The largest group that any judge of the open pairs could make, since no group holds a certain difference."""
    if n > _FEW:  # a bound is enough: those who do not differ from one of them
        return max(1 + sum(_pair(pairs, i, j) is not False for j in range(n) if j != i) for i in range(n))
    sizes = (size for size in range(n, 0, -1) for members in combinations(range(n), size) if _may_agree(members, pairs))
    return next(sizes, 0)


def _may_agree(members: Sequence[int], pairs: Relation) -> bool:
    return all(pairs[place] is not False for place in combinations(members, 2))


def needed(planned: int, more_than: float) -> int:
    """How many of so many must agree."""
    return int(planned * more_than) + 1


def is_decided(n: int, pairs: Relation, left: int, wanted: int) -> bool:
    """Would `left` more answers, whatever they say, leave it as it is: the same majority with the same first member, or none?"""
    largest = max(joined(n, pairs), key=len, default=[])
    if len(largest) >= wanted and len(largest) > n - len(largest) + left:
        before = [i for i in range(n) if i not in largest and i < largest[0]]
        return all(any(_pair(pairs, i, j) is False for j in largest) for i in before)
    return most_possible(n, pairs) + left < wanted


def first_turn(planned: int, wanted: int) -> int:
    """So many must be heard before any vote can be decided."""
    return max(1, min(wanted, planned - wanted + 2, planned))
