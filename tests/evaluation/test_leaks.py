"""Documents that pages of the lake give away: by the item of a benchmark in files, by the question of others."""

import pytest

from vwi_lake.evaluation.leaks import Leaks
from vwi_lake.evaluation.local_tasks import Document

QUESTION = "A ladder 5 m long leans against a wall; how far is its foot from it?"
LEAKS = Leaks(True, frozenset({"/b#d.json#7#6"}), ("aladder5mlongleansagainstawallhowfarisitsfootfromit",))


@pytest.mark.parametrize(
    ("leaks", "document", "prompt", "expected"),
    [
        (LEAKS, Document("q", "a", item="/b#d.json#7#6"), "", True),
        (LEAKS, Document(QUESTION, "a", item="/b#d.json#8#7"), QUESTION, False),  # the same words, another figure
        (LEAKS, Document("q", "a"), QUESTION, False),  # a held-out pair
        (LEAKS, None, f"Hint: answer with a letter.\nQuestion: {QUESTION.upper()}\nChoices: …", True),
        (LEAKS, None, "What is x?", False),
        (Leaks(False, frozenset(), ()), None, QUESTION, None),  # no benchmark was ever read: nobody can tell
    ],
)
def test_gives_away(leaks, document, prompt, expected):
    assert leaks.gives_away(document, prompt) is expected
