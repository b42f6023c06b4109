"""No site and no picture is in both splits, whichever way they hang together."""

import polars as pl
import pytest

from tests.sql.harness import rows_of

FILES = pl.List(pl.Struct({"sha256": pl.String, "format": pl.String}))


def phash(bits):
    return f"{bits:016x}"


def given(pairs, share=0.25, copies=()):
    """Pairs as (qa_id, site, picture's hash or None), all of them clean but those that are copies of another's."""
    files = [[{"sha256": str(bits), "format": "png"}] if bits is not None else [] for _, _, bits in pairs]
    hashes = sorted({bits for _, _, bits in pairs if bits is not None}) or [0]
    known = {"qa_id": pl.String, "duplicate_of": pl.String}
    return {
        "silver.qa_candidates": pl.DataFrame(
            {"qa_id": [q for q, _, _ in pairs], "page_url": [f"http://{site}/{q}" for q, site, _ in pairs]}
        ).with_columns(question_files=pl.Series(files, dtype=FILES)),
        "silver.pages": pl.DataFrame([{"url": f"http://{site}/{q}", "domain": site, "host": f"www.{site}"} for q, site, _ in pairs]),
        "silver.images": pl.DataFrame({"sha256": [str(bits) for bits in hashes], "phash": [phash(bits) for bits in hashes]}),
        "rejects.unique_pairs": pl.DataFrame([dict(zip(known, copy, strict=True)) for copy in copies], schema=known, orient="row"),
        "silver.unique_pairs": pl.DataFrame({"qa_id": [""]}),  # read by way of rejects
        "silver.clean_pairs": pl.DataFrame({"qa_id": [q for q, _, _ in pairs if q not in dict(copies)]}),
        "seeds.split": pl.DataFrame({"validation_share": [str(share)]}),
    }


def split(*args, **more):
    return {row["qa_id"]: row for row in rows_of("gold.splits", given(*args, **more))}


def component(*args, **more):
    return {qa_id: row["component"] for qa_id, row in split(*args, **more).items()}


ONE, NEAR, FAR = 0xF0F0, 0xF0F0 ^ 0b100000000000000000000000000010000110001 ^ (1 << 60), 0xFFFFFFFF00000000


@pytest.mark.parametrize(
    ("pairs", "together"),
    [
        ([("a", "x", None), ("b", "x", None)], True),
        ([("a", "x", None), ("b", "y", None)], False),
        ([("a", "x", ONE), ("b", "y", ONE)], True),
        ([("a", "x", ONE), ("b", "y", NEAR)], True),
        ([("a", "x", ONE), ("b", "y", FAR)], False),
        ([("a", "x", ONE), ("c", "z", NEAR), ("d", "z", None), ("e", "z", FAR), ("b", "y", FAR)], True),  # a chain
    ],
)
def test_what_hangs_together(pairs, together):
    found = component(pairs)
    assert (found["a"] == found["b"]) is together


def test_sites_of_copies_hang_together():
    assert len(set(component([("a", "x", None), ("b", "y", None), ("c", "z", None)], copies=[("a", "b")]).values())) == 2


def test_near_is_six_bits():
    assert [(ONE ^ near).bit_count() for near in (NEAR, FAR)] == [6, 40]
    for n in (6, 7):
        found = component([("a", "x", 0), ("b", "y", sum(1 << 9 * place for place in range(n)))])
        assert (found["a"] == found["b"]) is (n == 6)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 1.0])
def test_the_share_is_kept_and_whole_components_are_held_out(share):
    pairs = [(f"{site}-{n}", f"s{site}", None) for site in range(40) for n in range(1 + site % 5)]
    rows = split(pairs, share)
    held_out = [row for row in rows.values() if row["split"] == "validation"]
    assert share * 0.5 * len(pairs) <= len(held_out) <= share * len(pairs)
    assert {row["component"] for row in held_out}.isdisjoint(row["component"] for row in rows.values() if row["split"] == "train")
    assert split(list(reversed(pairs)), share) == rows


def test_where_no_component_is_small_enough_nothing_is_held_out():
    assert {row["split"] for row in split([("a", "x", None), ("b", "y", None)], 0.05).values()} == {"train"}
