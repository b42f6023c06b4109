"""Every format: the same bytes each time, also after a stop; and read back by the library that people use for it."""

import gc
import json

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.export import pairs, parquet, webdataset
from vwi_lake.export.formats import FORMATS, export

PAIRS = "select qa_id, question, answer, images from gold.dataset where split = $1 order by qa_id"


def tree_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    for module in (parquet, webdataset):
        monkeypatch.setattr(module, "PER_SHARD", 10)


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_bytes_also_after_a_stop(lake, tmp_path, form):
    whole = FORMATS[form](lake, tmp_path / "a")
    told = []

    def stop(n):
        told.append(n)
        if sum(told) > whole.pairs * 0.6:
            raise StoppedError

    with pytest.raises(StoppedError):
        FORMATS[form](lake, tmp_path / "b", stop)
    assert not (tmp_path / "b" / "SHA256SUMS").exists()
    assert FORMATS[form](lake, tmp_path / "b").pairs == whole.pairs
    assert tree_of(tmp_path / "a") == tree_of(tmp_path / "b")


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
def test_shards_that_are_there_are_not_written_again(lake, tmp_path, form):
    FORMATS[form](lake, tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.*") if p.suffix in (".parquet", ".tar")}
    FORMATS[form](lake, tmp_path)
    assert len(before) > 3
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_datasets_loads_the_parquet(lake, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    FORMATS["parquet"](lake, tmp_path / "out")
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == set(lake.query("select distinct split from gold.dataset")["split"])
    for split, rows in loaded.items():
        expected = lake.query(PAIRS, [split]).to_dicts()
        assert rows["qa_id"] == [row["qa_id"] for row in expected]
        assert rows["answer"] == [row["answer"] for row in expected]
        assert [len(images) for images in rows["images"]] == [len(row["images"]) for row in expected]
    assert all(min(image.size) >= 16 for images in loaded["train"]["images"] for image in images)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # webdataset leaves its files open
def test_webdataset_reads_the_shards(lake, tmp_path):
    library = pytest.importorskip("webdataset")
    FORMATS["webdataset"](lake, tmp_path)
    shards = [str(p) for p in sorted(tmp_path.glob("train-*.tar"))]
    samples = list(library.WebDataset(shards, shardshuffle=False, empty_check=False))
    expected = {row["qa_id"]: row for row in lake.query(PAIRS, ["train"]).to_dicts()}
    gc.collect()
    assert [sample["__key__"] for sample in samples] == list(expected)
    for sample in samples:
        row = json.loads(sample["json"])
        assert row["answer"] == expected[row["qa_id"]]["answer"]
        assert len([name for name in sample if name.endswith(("png", "jpg"))]) == len(expected[row["qa_id"]]["images"])


def test_the_raw_pairs_are_those_of_gold(lake, tmp_path):
    FORMATS["qa"](lake, tmp_path)
    for split in ("train", "validation"):
        rows = [json.loads(line) for line in (tmp_path / f"qa-{split}.jsonl").read_text().splitlines()]
        expected = lake.query(PAIRS, [split]).to_dicts()
        assert [(r["qa_id"], r["question"], len(r["images"])) for r in rows] == [
            (e["qa_id"], e["question"], len(e["images"])) for e in expected
        ]
        assert all((tmp_path / name).is_file() for row in rows for name in row["images"])


def test_an_export_says_what_to_do_where_nothing_is_held_out(lake, tmp_path):
    assert not lake.query(PAIRS, ["validation"]).height  # the demo's sites hang together
    assert "sql/seeds/split.csv" in export(lake.settings, "qa", tmp_path / "qa").hint
    assert not export(lake.settings, "warc", tmp_path / "warc").hint


@pytest.mark.parametrize(("train", "validation"), [(95, 5), (0, 0)])
def test_where_pairs_are_held_out_or_none_are_there_nothing_is_said(monkeypatch, train, validation):
    monkeypatch.setattr(pairs, "count_of", lambda lake, split: {"train": train, "validation": validation}[split])
    assert pairs.hint_of_splits(None) == ""


@pytest.mark.parametrize(("form", "hint"), [("parqet", "did you mean parquet"), ("zzz", "there are llava, parquet, webdataset, qa, warc")])
def test_an_unknown_format_is_named(lake, tmp_path, form, hint):
    with pytest.raises(VwiError, match=hint):
        export(None, form, tmp_path)


def test_a_file_in_the_way_is_told(lake, tmp_path):
    (tmp_path / "out").write_text("")
    for write in FORMATS.values():
        with pytest.raises(VwiError, match="is a file"):
            write(lake, tmp_path / "out")


@pytest.mark.parametrize("state", [None, "[1]", "{}", "{"])
def test_somebody_elses_folder_is_left_alone(lake, tmp_path, state):
    (tmp_path / "notes.txt").write_text("theirs")
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  notes.txt\n")
    if state:
        (tmp_path / "export.json").write_text(state)
    with pytest.raises(VwiError, match="of something else"):
        FORMATS["qa"](lake, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "theirs"
