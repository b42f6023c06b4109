"""Samples that cannot be learnt from are dropped with a reason; nothing takes their place."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.training.conftest import Mixes, talk
from vwi_lake.errors import VwiError
from vwi_lake.training.encode import Encoder
from vwi_lake.training.models import start_from
from vwi_lake.training.prepare import prepare
from vwi_lake.training.recipe import Recipe, load

RECIPE = load("tiny")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return start_from(RECIPE).encoder


GOOD = talk("What is 1 and 1?", "2")
BROKEN: dict[str, Any] = {
    "image_missing": talk("<image>?", "a", image="images/gone.png"),
    "image_unreadable": talk("<image>?", "a", image="images/cut.png"),
    "image_outside": talk("<image>?", "a", image="../../secret.png"),
    "image_count": talk("two? <image><image>", "a", image="images/red.png"),
    "image_in_answer": talk("here?", "<image>", image="images/red.png"),
    "bad_image_path": talk("<image>?", "a", image=[7]),
    "image_too_small": talk("<image>?", "a", image="images/dot.png"),
    "no_conversation": {"id": "x", "conversations": []},
    "bad_turn": {"id": "x", "conversations": [{"from": "dog", "value": "wow"}, {"from": "gpt", "value": "a"}]},
    "turn_order": {"id": "x", "conversations": [{"from": "gpt", "value": "a"}, {"from": "human", "value": "q"}]},
    "empty_turn": talk("q", "  \n "),
    "too_long": talk("q" * 600, "a"),
}
MORE = [
    ("no_conversation", None),
    ("no_conversation", "text"),
    ("no_conversation", {"id": 1}),
    ("bad_turn", {"conversations": ["q"]}),
    ("bad_turn", {"conversations": [{"from": "human", "value": None}, {"from": "gpt", "value": "a"}]}),
    ("turn_order", {"conversations": [{"from": "human", "value": "q"}]}),
    ("turn_order", {"conversations": [{"from": "system", "value": "q"}]}),
    ("image_count", talk("none", "a", image="images/red.png")),
    ("image_count", talk("<image>?", "a")),
    ("image_unreadable", talk("<image>?", "a", image="images/text.png")),
    ("image_unreadable", talk("<image>?", "a", image="images/bomb.png")),
    ("image_missing", talk("<image>?", "a", image="images")),
    ("image_count", talk("<image>?", "a", image="")),
    ("bad_image_path", talk("<image>?", "a", image="a\0b")),
]


@pytest.mark.parametrize(("reason", "sample"), [*BROKEN.items(), *MORE])
def test_it_is_dropped_and_told(mixes: Mixes, encoder: Encoder, reason: str, sample: Any) -> None:
    mixes.picture("red.png")
    whole = Path(mixes.folder / mixes.picture("whole.png")).read_bytes()
    (mixes.folder / "images/cut.png").write_bytes(whole[: len(whole) // 2])
    (mixes.folder / "images/text.png").write_text("no picture")
    (mixes.folder / "images/bomb.png").write_bytes(bomb())
    mixes.picture("dot.png", size=(1, 300))
    run = mixes.folder / "run"
    kept = prepare(mixes.write([GOOD, sample, GOOD]), None, encoder, RECIPE, run)
    assert len(kept) == 2 and set(kept["id"]) == {GOOD["id"]}
    (row,) = [json.loads(line) for line in (run / "dropped.jsonl").read_text().splitlines()]
    assert (row["reason"], row["place"]) == (reason, 1)
    assert json.loads((run / "data.json").read_text())["dropped"] == {reason: 1}


def bomb() -> bytes:
    """A PNG of few bytes that says it is 60,000 pixels wide and high."""
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)) + chunk(b"IDAT", b"")


def test_nothing_left_is_told(mixes: Mixes, encoder: Encoder) -> None:
    with pytest.raises(VwiError, match=r"nothing to learn from .*empty_turn"):
        prepare(mixes.write([talk("q", "")]), None, encoder, RECIPE, mixes.folder / "run")
    with pytest.raises(VwiError, match="nothing to learn from"):
        prepare(mixes.write([GOOD], "first:0"), None, encoder, RECIPE, mixes.folder / "run2")


def test_nine_to_one(mixes: Mixes, encoder: Encoder) -> None:
    """A mix of 9:1 stays one, over the run and in each tenth of it."""
    from vwi_lake.training.batches import GroupedBatches

    mixes.write([talk(f"What is {i}?", str(i)) for i in range(2000)], name="ours")
    mixes.write([talk(f"Who is {i}?", str(i)) for i in range(700)], name="theirs")
    both = [{"json_path": "ours.json", "sampling_strategy": "first:1800"}, {"json_path": "theirs.json", "sampling_strategy": "random:200"}]
    mix = mixes.folder / "mix.yaml"
    mix.write_text(json.dumps({"datasets": both}))
    kept = prepare(mix, None, encoder, RECIPE, mixes.folder / "run")
    assert json.loads((mixes.folder / "run/data.json").read_text())["shares"] == {"ours.json": 0.9, "theirs.json": 0.1}
    order = [i for batch in GroupedBatches(kept["modality"], kept["length"], 8) for i in batch]
    sources = kept["source"]
    counted = Counter(sources[i] for i in order)
    assert abs(counted[0] / len(order) - 0.9) < 0.01


def test_a_run_that_goes_on_finds_its_samples_and_refuses_others(mixes: Mixes, encoder: Encoder) -> None:
    mix, run = mixes.boxes(4), mixes.folder / "run"
    first = prepare(mix, None, encoder, RECIPE, run)
    assert prepare(mix, None, encoder, RECIPE, run)[:] == first[:]
    with pytest.raises(VwiError, match="name another folder"):
        prepare(mix, None, encoder, Recipe(base="tiny", max_length=400), run)
    mixes.boxes(5)
    with pytest.raises(VwiError, match="name another folder"):
        prepare(mix, None, encoder, RECIPE, run)


def test_pictures_inside_parquet_are_shown(mixes: Mixes, encoder: Encoder) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    body = (mixes.folder / mixes.picture("red.png")).read_bytes()
    rows = [{"qa_id": "q", "question": "Colour?", "answer": "red", "images": [{"bytes": body, "path": "x.png"}]}]
    pq.write_table(pa.Table.from_pylist(rows), mixes.folder / "a.parquet")
    (row,) = prepare(mixes.folder / "a.parquet", None, encoder, RECIPE, mixes.folder / "run")
    assert encoder([row])["pixel_values"].shape[0] == 1
