"""Which pairs are copies of another, and which give away a benchmark."""

import polars as pl
import pytest

from tests.sql.harness import rows_of

FILES = pl.List(pl.Struct({"sha256": pl.String, "format": pl.String}))
HASHES = {"s": "00000000000000ff", "s-near": "00000000000000fe", "other": "ffff0000ffff0000"}


def given(*pairs):
    """Tables of silver with these pairs: (qa_id, question, answer, image or none); the first has a solution, and is preferred."""
    files = [[{"sha256": image, "format": "png"}] if image else [] for _, _, _, image in pairs]
    rows = [{"qa_id": i, "question": q, "solution": "" if n == 0 else None} for n, (i, q, _, _) in enumerate(pairs)]
    answers = [{"qa_id": i, "answer": a, "short_answer": a} for i, _, a, _ in pairs]
    none = {"n_agreeing": pl.Int64, "n_drafts": pl.Int64}
    asked = pl.DataFrame(rows, schema_overrides={"solution": pl.String}).with_columns(question_files=pl.Series(files, dtype=FILES))
    return {
        "silver.qa_pairs": asked,
        "silver.qa_candidates": asked.with_columns(short_solution=pl.lit(None, pl.String)),
        "silver.aligned_answers": pl.DataFrame(answers).with_columns(**{name: pl.lit(None, kind) for name, kind in none.items()}),
        "silver.images": pl.DataFrame(
            [{"image_url": sha, "sha256": sha, "phash": bits, "width": 30, "height": 20} for sha, bits in HASHES.items()]
        ),
    }


LONG = "A ladder of 5 m leans against a wall at 60 degrees. How high does it reach?"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ((LONG.upper().replace(" ", "  "), "4.33 m", None), "duplicate"),
        (("A ladder of 5 m leans on a wall at 60 degrees. How high does it reach up?", "4.33 m", None), "near_duplicate"),
        ((LONG.replace("60", "45"), "3.54 m", None), None),
        ((LONG.replace("60", "45"), "4.33 m", None), None),  # the numbers decide
        ((LONG, "4.33 m", "s"), None),  # shows a picture that the first does not
        (("What is the capital of Peru?", "Lima", None), None),
    ],
)
def test_copies_of_a_question(other, reason):
    rows = rows_of("silver.unique_pairs", given(("a", LONG, "4.33 m", None), ("b", *other)))
    assert {r["qa_id"]: r["rejected_because"] for r in rows} == {"a": None, "b": reason}
    assert {r["qa_id"]: r["duplicate_of"] for r in rows}["b"] == ("a" if reason else None)


@pytest.mark.parametrize(
    ("one", "other"),
    [("x² = 4", "x³ = 4"), ("A ∪ B", "A ∩ B"), ("p ∧ q", "p ∨ q"), ("CO and O", "CO₂ and O"), ("½ of it", "¾ of it"), ("a ∈ S", "a ∉ S"),
     ("|x| here", "x here"), ("what 5! is", "what 5 is"), ("A → B", "A ↔ B"), ("٣ + ٤", "٥ + ٦"), ("3 € each", "3 $ each")],
)  # fmt: skip
def test_one_sign_makes_another_question(one, other):
    rows = rows_of(
        "silver.unique_pairs", given(("a", f"Say what is meant by {one}", "x", None), ("b", f"Say what is meant by {other}", "x", None))
    )
    assert [r["rejected_because"] for r in rows] == [None, None]


@pytest.mark.parametrize(("image", "reason"), [("s", "duplicate"), ("s-near", "near_duplicate"), ("other", None)])
def test_the_same_words_about_a_picture(image, reason):
    rows = rows_of("silver.unique_pairs", given(("a", "What is shown?", "x", "s"), ("b", "What is shown?", "y", image)))
    assert {r["qa_id"]: r["rejected_because"] for r in rows} == {"a": None, "b": reason}


def test_a_copy_of_a_copy_names_the_one_that_is_kept():
    far = "A ladder of 5 m leans on a wall at 60 degrees. How high up can it reach now?"
    near = "A ladder of 5 m leans on a wall at 60 degrees. How high does it reach up?"
    rows = rows_of("silver.unique_pairs", given(("a", LONG, "4.33 m", None), ("b", near, "4.33 m", None), ("c", far, "4.33 m", None)))
    assert {r["qa_id"]: r["duplicate_of"] for r in rows} == {"a": None, "b": "a", "c": "a"}


ITEM = {
    "benchmark": "/b", "source": "f", "position": 1, "fingerprint": "1", "item_id": "7", "answer": "2",
    "question": "What is the period of the function shown, if x is 3.5 at its start?",
    "images": [{"sha256": "z", "phash": "00000000000000fd", "shape": 1.5}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("Read on. What is the period of the function shown, if x is 9 at its start?", "2", None), "benchmark_question"),
        (("What is the period of the pendulum that is shown here?", "2", None), None),
        (("Which curve?", "2", "s"), "benchmark_image"),
        (("Which curve?", "2", "other"), None),
        (("Solve $2x^{2} + 3x = 5$ for x", "1", None), "benchmark_formula"),
        (("Solve $2x^{2} + 3x = 5$ for x", "-2.5", None), None),
        (("Solve $2x^{2} + 3x = 9$ for x", "1", None), None),
    ],
)
def test_what_gives_away_a_benchmark(pair, reason):
    tables = given(("a", *pair))
    formula = ITEM | {"position": 2, "item_id": "8", "question": "Tell x where 2x²+3x=5", "answer": "1", "images": []}
    rows = rows_of(
        "silver.clean_pairs", tables | {"silver.unique_pairs": pl.DataFrame({"qa_id": ["a"]}), "bronze.benchmark_items": [ITEM, formula]}
    )
    assert [r["rejected_because"] for r in rows] == [reason]
    assert rows[0]["benchmark_item"] == ({"benchmark_formula": "/b#f#8#2"}.get(reason, "/b#f#7#1") if reason else None)


@pytest.mark.parametrize(
    ("question", "leaks"),
    [
        ("What is the radius of this circle?", True),
        ("Look at this: what is the radius of this circle?", True),
        ("Two circles touch. What is the radius of this circle?", True),
        ("A circle touches all sides of a square. What is the radius of this circle?", False),  # says more than the item
        ("What is the radius of this sphere?", False),
    ],
)
def test_a_short_item_of_a_benchmark(question, leaks):
    item = ITEM | {"question": "What is the radius of this circle?", "images": []}
    rows = rows_of("gold.benchmark_leaks", given(("a", question, "1", None)) | {"bronze.benchmark_items": [item]})
    assert bool(rows) is leaks


def test_a_candidate_that_was_rejected_gives_it_away_too():
    tables = given(("a", "Read on. What is the period of the function shown, if x is 9 at its start?", "2", None))
    rows = rows_of(
        "gold.benchmark_leaks", tables | {"silver.qa_pairs": tables["silver.qa_pairs"].clear(), "bronze.benchmark_items": [ITEM]}
    )
    assert [(row["qa_id"], row["told_by"]) for row in rows] == [("a", "benchmark_question")]


def test_without_benchmarks_everything_is_clean():
    tables = given(("a", LONG, "4", "s"))
    rows = rows_of("silver.clean_pairs", tables | {"silver.unique_pairs": pl.DataFrame({"qa_id": ["a"]}), "bronze.benchmark_items": []})
    assert [r["rejected_because"] for r in rows] == [None]
