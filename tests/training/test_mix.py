"""Data lists and their sampling strategies."""

import json
from pathlib import Path

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.training.mix import chosen, read_list, read_samples, samples_of


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("all", range(10)),
        ("first:3", range(3)),
        ("end:3", range(7, 10)),
        ("first:25%", range(3)),  # rounded up, as the original does
        ("end:10%", range(9, 10)),
        ("first:99", range(10)),
        ("first:0", range(0)),
        ("first:300%", range(10)),
    ],
)
def test_strategies(strategy: str, expected: range) -> None:
    assert list(chosen(strategy, 10, seed=1)) == list(expected)


@pytest.mark.parametrize("strategy", ["random:4", "random:40%", "40%"])
def test_random_ones_take_no_sample_twice_and_heed_the_seed(strategy: str) -> None:
    taken = chosen(strategy, 10, seed=1)
    assert len(set(taken)) == 4 and taken == chosen(strategy, 10, seed=1)
    assert any(chosen(strategy, 10, seed) != taken for seed in range(5))


@pytest.mark.parametrize(
    "strategy", ["last:3", "first", "first:-1", "random:", "random:1e9", "all:3", "-10%", "10", "first:3:4", "first:x", "", "nan%", "None"]
)
def test_other_strategies_are_refused(tmp_path: Path, strategy: str) -> None:
    (tmp_path / "a.json").write_text("[]")
    (tmp_path / "m.yaml").write_text(json.dumps({"datasets": [{"json_path": "a.json", "sampling_strategy": strategy}]}))
    with pytest.raises(VwiError, match="no sampling strategy"):
        read_list(tmp_path / "m.yaml")


@pytest.mark.parametrize(
    "text", ["", "[]", "datasets: 3", "datasets:\n- x: 1", "datasets: []", "a: [", "datasets:\n- json_path: gone.json", "datasets: [3]"]
)
def test_other_lists_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(VwiError):
        read_list(tmp_path / "m.yaml")


def test_no_list() -> None:
    with pytest.raises(VwiError, match="no data list"):
        read_list(Path("nowhere.yaml"))


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[" * 100_000])
def test_other_samples_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(VwiError):
        read_samples(tmp_path / "a.json")


def test_json_and_jsonl_are_the_same(tmp_path: Path) -> None:
    rows = [{"id": str(i)} for i in range(3)]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    assert read_samples(tmp_path / "a.json") == read_samples(tmp_path / "a.jsonl") == rows


def test_parquet_of_our_export(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    images = [[{"bytes": b"x", "path": "x.png"}], []]
    rows = [{"qa_id": f"q{i}", "question": "What does <image> mean?", "answer": "This.", "images": images[i]} for i in range(2)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    first, second = (s for _, s in samples_of(read_list(tmp_path / "a.parquet")[0], seed=0))
    assert first["conversations"][0]["value"] == "<image>\nWhat does < image > mean?" and first["image"][0]["bytes"] == b"x"
    assert second["conversations"][0]["value"] == "What does < image > mean?" and not second["image"]
