"""The comparer without a model on 200 pairs of our own writing (answer_pairs.tsv, written before its rules were looked at)."""

import csv
from pathlib import Path

import pytest

from vwi_lake.qa.answers import same

TABLE = Path(__file__).parent / "answer_pairs.tsv"


def pairs():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_most_are_decided_and_nearly_all_of_those_rightly():
    judged = [(pair["verdict"], same(pair["first"], pair["second"])) for pair in pairs()]
    decided = [(truth, "same" if said else "different") for truth, said in judged if said is not None]
    assert len(judged) == 200
    assert len(decided) >= 0.85 * len(judged)
    for word in ("same", "different"):
        right = [truth == word for truth, said in decided if said == word]
        assert sum(right) >= 0.98 * len(right) > 0


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: f"{pair['first']} | {pair['second']}")
def test_the_order_of_two_answers_does_not_matter(pair):
    assert same(pair["first"], pair["second"]) == same(pair["second"], pair["first"])


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("no solutions", "\\varnothing", True),
        ("there is no solution", "x = 3", None),
        ("no solution", "{3}", False),
        ("infinitely many solutions", "5", False),
        ("no real solutions", "no solution", None),
        ("Fe^{3+}", "Fe3+", None),
        ("Fe^{3+}", "Fe^{2+}", False),
        ("SO_4^{2-}", "SO₄²⁻", True),
        ("C2H6O", "C_2H_6O", True),
        ("the north pole", "the south pole", False),
        ("it moves left", "it moves right", False),
        ("left ventricle", "right atrium", None),
        ("O(n)", "Θ(n)", None),
        ("O(n)", "O(n^2)", False),
        ("[1, 2] ∪ [2, 3]", "[1, 3]", None),
        ("[1, 2] ∪ [4, 5]", "[1, 5]", False),
    ],
)
def test_words_that_a_rule_can_tell(first, second, verdict):
    assert same(first, second) is verdict
