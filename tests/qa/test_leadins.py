"""Labels against the first words of sentences, in several languages."""

import pytest

from vwi_lake.qa.leadins import lead_in, names_section, normal_number, opens_answer, split_answer

LABELS = [
    ("Problem 3", "question", "3", ""),
    ("Exercise 12.2.2", "question", "12.2.2", ""),
    ("Exercise 5.21: Implement it", "question", "5.21", "Implement it"),
    ("3. feladat", "question", "3", ""),
    ("第3題", "question", "3", ""),
    ("习题1.2", "question", "1.2", ""),
    ("문제 3", "question", "3", ""),
    ("Sprawdź, czy rozumiesz.", "question", "", ""),
    ("Example 1.4.5.", "example", "1.4.5", ""),
    ("Solution for (a)", "solution", "a", ""),
    ("Show/Hide Solution", "solution", "", ""),
    ("الحل: ٣", "solution", "", "٣"),
    ("解答：", "solution", "", ""),
    ("Lösungshinweis", "hint", "", ""),
    ("Strategy", "plan", "", ""),
    ("Übungsaufgaben", "section", "", ""),
]


@pytest.mark.parametrize(("text", "kind", "number", "rest"), LABELS)
def test_labels(text: str, kind: str, number: str, rest: str) -> None:
    found = lead_in(text, label=True)
    assert found
    assert (found.kind, found.number, found.rest) == (kind, number, rest)


@pytest.mark.parametrize(
    "text",
    [
        "Problem solving strategies",
        "Question of the day",
        "Task force meets",
        "Answer me",
        "问题解决方法",
        "Aufgabenstellung der Politik",
        "The",
        "",
    ],
)
def test_sentences_are_no_labels(text: str) -> None:
    assert lead_in(text, label=True) is None


@pytest.mark.parametrize(
    ("text", "is_label"),
    [("Problem 3 was hard.", False), ("Problem 3. Find x.", True), ("Solution: yes", True), ("Solutions abound.", False), ("解：x", True)],
)
def test_plain_text_needs_more(text: str, is_label: bool) -> None:
    assert (lead_in(text, label=False) is not None) == is_label


@pytest.mark.parametrize(("text", "number"), [("３．", "3"), ("(٣)", "3"), ("2–4", "2.4"), ("3.a", "3.a")])
def test_normal_number(text: str, number: str) -> None:
    assert normal_number(text) == number


@pytest.mark.parametrize(
    ("heading", "is_section"),
    [
        ("Exercises", True),
        ("Chapter 3 Exercises", True),
        ("Aufgaben zur Algebra", True),
        ("100 numpy exercises", True),
        ("演習問題", True),
        ("Problems mount for the minister", False),
        ("Questions about the budget remain", False),
    ],
)
def test_names_section(heading: str, is_section: bool) -> None:
    assert names_section(heading) == is_section


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("Click to see the answer", True),
        ("Lösung anzeigen", True),
        ("查看答案", True),
        ("Read more", False),
        ("What is the answer?", False),
    ],
)
def test_opens_answer(text: str, opens: bool) -> None:
    assert opens_answer(text) == opens


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("What is 2+2? Answer: 4", ("What is 2+2?", "4")),
        ("下面哪个对？答案：C", ("下面哪个对？", "C")),
        ("Answer: 4", ("Answer: 4", "")),
        ("No label here", ("No label here", "")),
    ],
)
def test_split_answer(text: str, parts: tuple[str, str]) -> None:
    assert split_answer(text) == parts
