"""What names or reaches a person is left out; what only looks like it is not."""

import hashlib

import polars as pl
import pytest

from tests.sql.harness import rows_of
from vwi_lake.rules import Rules
from vwi_lake.scratch import scratch

SCRUBBED = [
    ("Write to bob.m@gmail.com.", "Write to [e-mail]."),
    ("(ann-lee+x@mail.uni-bonn.de)", "([e-mail])"),
    ("a.b@c.org, d.e@f.net", "[e-mail], [e-mail]"),
    ("mail: jo@школа.com or jo@x.co.uk", "mail: jo@школа.com or [e-mail]"),
    ("Tel.: 0201/2402-403", "Tel.: [phone]"),
    ("Fax 0201.2402-403", "Fax [phone]"),
    ("phone number: 212 456 7890", "phone number: [phone]"),
    ("电话：13912345678。", "电话：[phone]。"),
    ("call +49 30 1234567 now", "call [phone] now"),
    ("(+44 20 7946 0958)", "([phone])"),
    ("+33 1 23 45 67 89", "[phone]"),
    ("Ask (212) 456-7890 or 212-456-7890.", "Ask [phone] or [phone]."),
    ("It works.\n\nCheers,\nBob Miller\n", "It works.\n\nCheers,\n[name]\n"),
    ("So x = 3. \nThanks in advance, Peter", "So x = 3. \nThanks in advance, [name]"),
    ("Viele Grüße\nJürgen", "Viele Grüße\n[name]"),
    ("Posted by John Smith on 3 May 2019\nWhy?", "Posted by [name] on 3 May 2019\nWhy?"),
    ("Why?\nAnswered by: math_guru77", "Why?\nAnswered by: [name]"),
]
LEFT = [
    "A@B.T and W@x.to(3), v@w.dot(u), x @ y.mean()",
    "@property\n@app.route('/a.b')\n@John",
    "alice@example.com, bob@mail.example.org",
    "git clone git@github.com:someone/some.git",
    "git@github.com:someone",
    "\\begin{tabular}{l@{.}l} 1@2.3",
    "x = 1 234 567 890 and 1234567890123",
    "+1 234 567 890 or +3 0.12345 or +3 5/12 - 12345",
    "212-456=−244, 200-300-400, 1000-200-3000",
    "3.14159265358979, 0201-01-12, 2021-03-04 05:06:07",
    "192.168.100.200 and 978-3-16-148410-0",
    "dial 415-555-1234, (415) 555-1234 or 911",
    "f(212) 456 and (200)(300)-4000",
    "The phone costs 1 200 000 and weighs 0.250 kg; Mobile: 1500000, Fax: 12",
    "Tel Aviv 2 300 000",
    "#> 4 2013-01-04 00:32:00 2013-01-03 00",
    "[0 1 1 0 0 1 0 1 0 1 1 1 0]",
    "Steps:\n— Merge Sort",
    "Sorts:\n- Quick Sort",
    "Thanks to Newton we know that F = ma",
    "Best regards are given to X by Y",
    "By Pythagoras, c = 5\nProved by Euclid",
    "I hope this helps you.",
]


@pytest.fixture(scope="module")
def scrub():
    connection = scratch(Rules(), [])
    yield lambda text, is_thread=False: connection.execute("select scrubbed($1, $2)", [text, is_thread]).fetchone()[0]
    connection.close()


@pytest.mark.parametrize(("text", "left"), SCRUBBED)
def test_what_is_left_out(scrub, text, left):
    assert scrub(text) == left
    assert scrub(left) == left


@pytest.mark.parametrize("text", LEFT)
def test_what_only_looks_like_it(scrub, text):
    assert scrub(text) == text


def test_a_name_below_a_post(scrub):
    assert scrub("It is 4.\n— Marie Curie", True) == "It is 4.\n— [name]"
    assert scrub("Sorts:\n- Quick Sort", True) == "Sorts:\n- Quick Sort"


def test_the_record_says_where_and_of_what():
    kinds = {"qa_id": pl.String, "question": pl.String, "solution": pl.String, "cue": pl.String}
    pairs = [
        ("a", "Ask bob.m@gmail.com?", "No: alice@example.com, Tel. 0201 2402403.\nCheers,\nBob Miller", None),
        ("b", "What is A@B.T?", "4\n~ Ann", "qa_thread"),
        ("c", "What?", None, None),
    ]
    given = {
        "silver.qa_candidates": pl.DataFrame(pairs, schema=kinds, orient="row"),
        "silver.aligned_answers": pl.DataFrame(
            [
                {"qa_id": "c", "answer": "call 212-456-7890", "answer_source": "synthesized"},
                {"qa_id": "a", "answer": "x", "answer_source": "web"},
            ]
        ),
    }
    rows = rows_of("gold.scrubs", given)
    texts = {(qa_id, part): text for qa_id, *more, _ in pairs for part, text in zip(("question", "solution"), more, strict=True)}
    texts["c", "answer"] = "call 212-456-7890"
    told = [("a", "question", "e-mail", "bob.m@gmail.com"), ("a", "solution", "phone", "0201 2402403"),
        ("a", "solution", "name", "Bob Miller"), ("b", "solution", "name", "Ann"), ("c", "answer", "phone", "212-456-7890")]  # fmt: skip
    assert [(r["qa_id"], r["part"], r["kind"]) for r in rows] == [entry[:3] for entry in told]
    for row, (qa_id, part, _, what) in zip(rows, told, strict=True):
        assert texts[qa_id, part][row["place"] - 1 :].startswith(what)
        assert row["sha256"] == hashlib.sha256(what.encode()).hexdigest()
