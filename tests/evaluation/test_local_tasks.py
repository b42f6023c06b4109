"""Benchmarks in files become tasks: variants, options, subjects, and what is missing is told."""

import json

import pyarrow.parquet as pq
import pytest
import yaml

from vwi_lake.errors import VwiError
from vwi_lake.evaluation.local_tasks import Document, documents_of_files, write_task

PNG = b"\x89PNG\r\n\x1a\n"


def files(folder, *names, **items):
    """The same items in each file, as DynaMath's variants come."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(items))
        ((folder / name).parent / "a.png").write_bytes(PNG)
    return folder


ITEM = {"question": "How many?", "answer": "4", "image": "a.png", "answer_type": "int", "subject": "plane   geometry"}


def test_items_with_all_they_say(tmp_path):
    (found,) = documents_of_files(files(tmp_path, "dataset.json", **{"1": ITEM}))
    assert found == Document("How many?", "4", (PNG,), "int", "plane geometry", None, None, f"{tmp_path}#dataset.json#1#0")


def test_an_id_in_several_files_is_one_question_in_variants(tmp_path):
    found = documents_of_files(files(tmp_path, "v1/dataset.json", "v2/dataset.json", **{"1": ITEM, "2": ITEM}))
    assert [d.variant_of for d in found] == ["1", "2", "1", "2"]


@pytest.mark.parametrize("options", [["yes", "no"], "['yes', 'no']"])
def test_options_of_a_column_of_their_own(tmp_path, options):
    (found,) = documents_of_files(files(tmp_path, "d.json", **{"1": ITEM | {"options": options}}))
    assert found.question == "How many?\n(A) yes\n(B) no"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (ITEM | {"answer": None}, "item 1 of .* has no answer"),
        (ITEM | {"question": " "}, "item 1 of .* has no question"),
        (ITEM | {"image": "b.png"}, "names an image that is not there: b.png"),
        (ITEM | {"image": "../../../etc/x.png"}, "names an image that is not there"),
    ],
)
def test_what_cannot_be_asked(tmp_path, item, words):
    with pytest.raises(VwiError, match=words):
        documents_of_files(files(tmp_path, "d.json", **{"1": item}))


def test_no_items(tmp_path):
    with pytest.raises(VwiError, match="no items"):
        documents_of_files(files(tmp_path, "d.json"))
    with pytest.raises(VwiError, match="no benchmark at"):
        documents_of_files(tmp_path / "nowhere")


def test_a_task_as_lmms_eval_reads_it(tmp_path):
    documents = [Document(f"Q{n}: !function os.system", "4", (PNG, PNG)) for n in range(250)]
    write_task(tmp_path, "mine", documents, 64)
    place = tmp_path / "mine"
    rows = pq.read_table(place / "test.parquet").to_pylist()
    assert len(rows) == 250 and rows[0] == {
        "question": "Q0: !function os.system",
        "target": "4",
        "answer_type": None,
        "images": [{"bytes": PNG, "path": None}] * 2,
    }
    told = yaml.safe_load((place / "mine.yaml").read_text().replace("!function ", ""))
    assert told["task"] == "mine" and told["process_results"] == "utils.process_results" and (place / "utils.py").is_file()
    assert told["dataset_kwargs"]["data_files"]["test"] == str(place / "test.parquet")
    assert told["generation_kwargs"]["max_new_tokens"] == 64
