"""Benchmarks in the layouts they are published in, and what of a data set they take away."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from vwi_lake.errors import VwiError
from vwi_lake.providers.benchmark_files import files_of, positions, read_item


def png(number: int) -> bytes:
    image = Image.new("RGB", (90, 60), "white")
    ImageDraw.Draw(image).text((10, 10), str(number), fill="black", font_size=30)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def in_parquet(folder, rows):
    pq.write_table(pa.Table.from_pylist(rows[::-1]).take([1, 0]), folder / "test.parquet", row_group_size=1)


def in_jsonl(folder, rows):
    (folder / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def in_json(folder, rows):
    (folder / "dataset.json").write_text(json.dumps({str(n): row for n, row in enumerate(rows, 7)}))


IMAGE = {"bytes": png(1), "path": "1.png"}


@pytest.mark.parametrize(
    ("write", "row", "expected"),
    [
        (in_parquet, {"id": "m_1", "question": "What?", "answer": "B", "image_1": IMAGE, "image_2": None}, ("m_1", "What?", "B", 1)),
        (
            in_parquet,
            {"pid": "3", "question": "How?", "answer": "4", "decoded_image": IMAGE, "image": "images/no.png"},
            ("3", "How?", "4", 1),
        ),
        (in_parquet, {"question": "A?", "answer": "1", "images": [IMAGE, IMAGE]}, ("1", "A?", "1", 2)),
        (in_jsonl, {"question_id": 5, "problem": "P", "ground_truth": 0.5, "image": "image/a.png"}, ("5", "P", "0.5", 1)),
        (in_json, {"question": "Q", "answer": "2.09", "image": "image/a.png"}, ("8", "Q", "2.09", 1)),
        (in_json, {"question": "Q", "image": "../outside.png"}, ("8", "Q", None, 0)),
        (in_json, {"question": "Q", "image": "image/gone.png", "answer": True}, ("8", "Q", None, 0)),
    ],
)
def test_layouts(tmp_path, write, row, expected):
    folder = tmp_path / "benchmark"
    (folder / "image").mkdir(parents=True)
    (folder / "image" / "a.png").write_bytes(png(2))
    (tmp_path / "outside.png").write_bytes(png(3))
    write(folder, [{"question": "first"}, row])
    [path] = files_of(folder)
    assert list(positions(path)) == [0, 1]
    item = read_item(path, 1)
    assert (item.item_id, item.question, item.answer, len(item.images)) == expected


@pytest.mark.parametrize(("name", "text", "message"), [("a.txt", "x", "no benchmark at"), ("a.jsonl", "{", "not readable as JSON")])
def test_what_is_no_benchmark_is_told(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(VwiError, match=message):
        [list(positions(path)) for path in files_of(tmp_path)]
