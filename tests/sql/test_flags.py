"""Languages and flags of pairs: by script and short words, by few words and the page's own label."""

import polars as pl
import pytest

from tests.sql.harness import rows_of
from vwi_lake.stages.build_trees import adult_rating


def given(question, solution=None, language=None, rating=None, alt="", title=None):
    images = pl.List(pl.Struct({"url": pl.String, "alt": pl.String}))
    pair = {"qa_id": "a", "page_url": "u", "question": question, "solution": solution, "question_images": ["i"]}
    tree = {"url": "u", "language": language, "rating": rating, "title": title}
    return {
        "silver.qa_pairs": pl.DataFrame([pair], schema_overrides={"solution": pl.String}),
        "silver.trees": pl.DataFrame([tree], schema=dict.fromkeys(tree, pl.String)).with_columns(
            images=pl.Series([[{"url": "i", "alt": alt}]], dtype=images)
        ),
    }


@pytest.mark.parametrize(
    ("question", "declared", "language"),
    [
        ("What is the length of the rope?", None, "en"),
        ("What is the length of the rope?", "es-ES", "en"),  # templates say the wrong one
        ("¿Cuál es la longitud de la cuerda?", None, "es"),
        ("Wie lang ist das Seil?", None, "de"),
        ("Quelle est la longueur de la corde ?", None, "fr"),
        ("Oblicz długość liny, jeżeli siła jest równa 5 N", None, "pl"),
        ("绳子有多长？", "en", "zh"),
        ("ロープの長さは？", None, "ja"),
        ("밧줄의 길이는 얼마인가?", None, "ko"),
        ("Какова длина верёвки?", None, "ru"),
        ("Яка довжина мотузки, якщо її видно?", None, "uk"),
        ("Ποιο είναι το μήκος του σχοινιού;", None, "el"),
        ("ผลลัพธ์ที่ได้คืออะไร?\nconst person = {}; console.log(person.first_name)", "en", "th"),
        ("Prove that α + β = π for the angle Ω", "en", "en"),
        ("x² = 4", "de-AT", "de"),
        ("x² = 4", "lang=", None),
        ("x² = 4", None, None),
    ],
)
def test_languages(question, declared, language):
    assert [row["language"] for row in rows_of("gold.languages", given(question, language=declared))] == [language]


@pytest.mark.parametrize(
    ("row", "flags"),
    [
        ({"question": "What is a hentai?"}, (True, False, ["hentai"])),
        ({"question": "这是色情内容吗？"}, (True, False, ["色情"])),
        ({"question": "Who?", "alt": "NSFW picture"}, (True, False, ["nsfw"])),
        ({"question": "Who?", "title": "Bloodbath and porn"}, (True, True, ["bloodbath", "porn"])),
        ({"question": "Who?", "rating": "adult"}, (True, False, ["rating"])),
        ({"question": "Which organ is the vagina, and what do sex chromosomes do?"}, None),
        ({"question": "Al Gore's murder rate: how many were killed in the massacre? A bullet is shot at 40 m/s."}, None),
        ({"question": "Name Gregor Mendel's gorenje"}, None),
    ],
)
def test_flags(row, flags):
    found = [(r["is_adult"], r["is_violent"], r["flagged_by"]) for r in rows_of("gold.flags", given(**row))]
    assert found == ([flags] if flags else [])


@pytest.mark.parametrize(
    ("html", "rating"),
    [
        ('<meta name="rating" content="adult">', "adult"),
        ('<meta name="Rating" content=" RTA-5042-1996-1400-1577-RTA">', "rta-5042-1996-1400-1577-rta"),
        ('<meta name="rating" content="general">', None),
        ('<meta name="rating">', None),
        ("<p>rating: adult", None),
    ],
)
def test_the_label_of_a_page(html, rating):
    assert adult_rating(html) == rating
