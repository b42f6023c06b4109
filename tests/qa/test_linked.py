"""Keys in the forms that pages give them: what each tells by number and section, which titles and links name answers."""

# ruff: noqa: E501 - pages stand as their servers send them

import pytest

from vwi_lake.qa.headings import numbers_in
from vwi_lake.qa.linked import names_answers
from vwi_lake.qa.markup import Reading, read_questions
from vwi_lake.web.trees import build_tree


def read(html: str) -> Reading:
    return read_questions(build_tree(f"<!doctype html><body><main>{html}</main>", "http://a.example/unit/key.html"))


KEYS = {
    "a list under a title": ("<h1>Answers to exercise sheet 3</h1><ol><li>It is 4 m.</li><li>It is 5 kg.</li></ol>", [("1", "3", "It is 4 m."), ("2", "3", "It is 5 kg.")]),
    "headings that name exercises": ("<title>Lösungen zu Blatt 3</title><h1>Lösungen zu Blatt 3</h1><h2>Aufgabe 1</h2><p>Vier.</p><h2>Aufgabe 2</h2><p>Fünf.</p>", [("1", "3", "Vier."), ("2", "3", "Fünf.")]),
    "headings that name solutions": ("<h1>Solutions</h1><h2>Solution to exercise 1</h2><p>Four.</p><h2>Solution to exercise 2</h2><p>Five.</p>", [("1", "", "Four."), ("2", "", "Five.")]),
    "chapters that count anew": ("<h1>Answer key</h1><h2>Chapter 1</h2><p>1. Four.</p><p>2. Five.</p><h2>Chapter 2</h2><p>1. Nine.</p>", [("1", "1", "1. Four."), ("2", "1", "2. Five."), ("1", "2", "1. Nine.")]),
    "Chinese counting": ("<h1>参考答案</h1><h2>一、选择题</h2><p>1. 甲</p><h2>十二、填空题</h2><p>1. 四</p>", [("1", "1", "1. 甲"), ("1", "12", "1. 四")]),
    "letters in a line": ("<h1>Answers</h1><p>1. B 2. C 3. A</p>", [("1", "", "B"), ("2", "", "C"), ("3", "", "A")]),
    "rows of a table": ("<h1>Answers</h1><table><tr><th>No.</th><th>Answer</th></tr><tr><td>1</td><td>4 m</td></tr><tr><td>2</td><td>5 kg</td></tr></table>", [("1", "", "4 m"), ("2", "", "5 kg")]),
    "the title alone says so": ("<title>Answers to the problems</title><ol><li>Four.</li><li>Five.</li><li>Six.</li></ol>", [("1", "", "Four."), ("2", "", "Five."), ("3", "", "Six.")]),
    "a table of contents": ("<h1>Solutions</h1><ol><li><a href='/1'>Logic and proofs</a></li><li><a href='/2'>Counting and sets</a></li></ol>", []),
}  # fmt: skip


@pytest.mark.parametrize(("html", "told"), KEYS.values(), ids=KEYS)
def test_a_key_tells_answers_by_number_and_section(html: str, told: list[tuple[str, str, str]]) -> None:
    found = read(html)
    assert [(answer.number, " ".join(answer.sections), answer.answer) for answer in found.key_answers] == told
    assert found.pairs == []


ASKS = {
    "exercises with solutions": "<title>String exercises with solutions</title><h1>Practice, Solution</h1><ol><li>Write a program.</li><li>Write another.</li><li>And one more.</li></ol>",
    "what chemists call solutions": "<h1>Solutions</h1><h2>Exercise 1</h2><p>Compute the molarity.</p><h2>Exercise 2</h2><p>Dilute it by half.</p>",
    "solutions that repeat their questions": "<h1>Solutions 3</h1><h2>Exercise 1</h2><p>How long is it?</p><h3>Solution</h3><p>4 m.</p><h2>Exercise 2</h2><p>How heavy?</p><h3>Solution</h3><p>5 kg.</p>",
    "exercises and their answers below": "<h1>Sheet 3</h1><h2>Exercises</h2><ol><li>How long is it?</li><li>How heavy is it?</li></ol><h2>Answers</h2><ol><li>4 m.</li><li>5 kg.</li></ol>",
}


@pytest.mark.parametrize("html", ASKS.values(), ids=ASKS)
def test_a_page_that_asks_keeps_its_questions(html: str) -> None:
    assert len(read(html).pairs) >= 2


NAMED = "See the solutions|Lösungen zu Blatt 3|Lösungsblatt 3|Musterlösung 4|Corrigé de la feuille 3|Respuestas a los ejercicios|gabarito da lista 2|Odpowiedzi|Решения задач|Facit|الأجوبة|הפתרונות|पाठ के उत्तर|Kunci jawaban|查看答案|习题答案|練習問題の解答|연습문제 정답"
UNNAMED = "Exercises|Explanation 3|Proof of problem 3|Lösungsmittel 3|解析几何习题|了解更多|a page"


@pytest.mark.parametrize(("text", "named"), [*((t, True) for t in NAMED.split("|")), *((t, False) for t in UNNAMED.split("|"))])
def test_which_words_name_answers(text: str, named: bool) -> None:
    assert names_answers(text) == named


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [("Chapter 3: Heat", "3"), ("Exercises 3.2", "3.2"), ("Part B", "b"), ("Section IV: Light", "iv"), ("第三章 习题", "3"), ("十二、计算题", "12"), ("习题三", "3"), ("A cat", ""), ("Heat", "")],
)  # fmt: skip
def test_numbers_of_headings(heading: str, numbers: str) -> None:
    assert " ".join(numbers_in(heading)) == numbers


def test_links_by_what_they_say() -> None:
    links = read("""<h1>Sheet</h1><p><a href="a.html#3">Answers</a> <a href="/b/index.html" title="Solutions"><img src="x.png" alt=""></a>
    <a href="#here">Answers</a> <a href="key.html">Answers</a> <a href="mailto:x@a.example">Answers</a> <a href="c.html">Sheet 4</a></p>""").links
    assert [(link.address, link.says) for link in links] == [("a.example/unit/a.html?", "answers"), ("a.example/b?", "answers")]


def test_a_key_of_ten_thousand_numbers_is_read() -> None:
    found = read("<h1>Answers</h1>" + "".join(f"<p>{i % 1000}. It is {i} m.</p>" for i in range(10_000)))
    assert len(found.key_answers) > 9_000
