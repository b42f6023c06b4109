import pytest

from tests.sql.harness import rows_of

WORDS = [("angle", "Math"), ("force", "Physics"), ("wave", "Physics"), ("field", "Physics"), ("field", "Math"), ("acid", "Chemistry")]
SEEDS = [{"word": word, "subject": subject} for word, subject in WORDS]


def subjects(*pairs: tuple[str, str, str], titles: dict[str, str] | None = None) -> list[str]:
    """Subjects of (page, domain, question), in this order."""
    pages = {page: domain for page, domain, _ in pairs}
    found = rows_of(
        "gold.subjects",
        {
            "seeds.subject_words": SEEDS,
            "silver.qa_pairs": [
                {"qa_id": f"{n:03}", "page_url": page, "question": asked, "solution": "yes"} for n, (page, _, asked) in enumerate(pairs)
            ],
            "silver.trees": [{"url": page, "title": (titles or {}).get(page, "")} for page in pages],
            "silver.pages": [{"url": page, "domain": domain} for page, domain in pages.items()],
        },
    )
    return [row["subject"] for row in found]


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is the force?", "Physics"),
        ("The field of the wave?", "Physics"),
        ("An ANGLE, and a force, and an angle, in a field?", "Math"),  # one each and a half each: by name
        ("Who is it?", "Others"),
    ],
)
def test_words_vote(question: str, subject: str) -> None:
    assert subjects(("a", "x", question)) == [subject]


def test_a_pair_without_words_goes_with_its_page_or_else_its_site() -> None:
    told = subjects(("a", "x", "What force?"), ("a", "x", "And what now?"), ("b", "x", "Which one?"), ("c", "y", "Which one?"))
    assert told == ["Physics", "Physics", "Physics", "Others"]


def test_a_pair_of_its_own_mind_among_others() -> None:
    others = [("a", "x", "What force?")] * 3
    assert subjects(*others, ("b", "x", "Is it an acid?"))[-1] == "Chemistry"


def test_titles_count() -> None:
    assert subjects(("a", "x", "Which one?"), titles={"a": "All about acid"}) == ["Chemistry"]
