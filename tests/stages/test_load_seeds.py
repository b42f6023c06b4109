"""Seeds from folders, files and lists, read by a run with its worker processes."""

import io
import itertools
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from vwi_lake.demo import SEEDS, WEB
from vwi_lake.errors import VwiError
from vwi_lake.run import Run, choose
from vwi_lake.settings import LakeSettings, Settings

VERDICTS = "select source, rejected_because, subject, name, public_url from verdicts.seeds order by source"


def drawing(number: str, size=(300, 200)) -> Image.Image:
    """A triangle with a number at its base."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    pen.polygon([(40, 160), (260, 160), (120, 30)], outline="black", width=2)
    pen.text((130, 165), number, fill="black", font_size=20)
    return image


def encoded(image: Image.Image, kind="PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def load(tmp_path, seeds, **more):
    """(source, reason, subject, id, URL) of every seed after a run."""
    settings = Settings(lake=LakeSettings(path=str(tmp_path / "lake")), seeds=str(seeds), processes=1, **more)
    with Run(settings, choose(["load_seeds"])) as going:
        for stage in going.stages:
            for rows in going.pending(stage):
                going.ask(stage, rows)
        going.lake.rebuild({"silver.seeds"})
        return going.lake.query(VERDICTS).rows(), going.asked[0].rows


@pytest.fixture(autouse=True)
def here(monkeypatch, request):
    """Worker processes take seconds to start; whole runs test them, and one test here."""

    async def in_this_process(self, stage, row):
        return stage.compute(row, self.world)

    if "workers" not in request.fixturenames:
        monkeypatch.setattr(Run, "_compute", in_this_process)


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    (folder / "in").mkdir(parents=True)
    (folder / "a.png").write_bytes(encoded(drawing("7")))
    (folder / "in" / "b.png").write_bytes(encoded(Image.effect_mandelbrot((90, 90), (-2, -1.5, 1, 1.5), 50)))
    return folder


LINES = [
    {"image": "a.png", "subject": "geometry", "id": 17, "url": "https://pub.example/a.png"},
    {"image": "in/b.png"},
    {"image": "in/b.png", "subject": "said twice"},
    {"image": "gone.png"},
    {"url": "http://openmath.example/none.png"},
    {"subject": "no image at all"},
]
EXPECTED = [
    ("a.png", None, "geometry", "17", "https://pub.example/a.png"),
    ("gone.png", "missing", None, None, None),
    ("http://openmath.example/none.png", "not_saved", None, None, "http://openmath.example/none.png"),
    ("in/b.png", None, None, None, None),
]


def as_jsonl(folder):
    text = "\n".join([json.dumps(line) for line in LINES] + ["{broken", '["no object"]', ""])
    (folder / "list.jsonl").write_text(text)
    return folder / "list.jsonl", {"list.jsonl:6": "no_image", "list.jsonl:7": "malformed_line", "list.jsonl:8": "malformed_line"}


def as_csv(folder):
    names = ("image", "url", "subject", "id")
    rows = [",".join(names)] + [",".join(str(line.get(name, "")) for name in names) for line in LINES]
    (folder / "list.csv").write_text("\n".join(rows) + "\n")
    return folder / "list.csv", {"list.csv:6": "no_image"}


def as_parquet(folder):
    names = ("image", "url", "subject", "id")
    table = pa.table({name: [str(line[name]) if name in line else None for line in LINES] for name in names})
    pq.write_table(table, folder / "list.parquet")
    return folder / "list.parquet", {"list.parquet:6": "no_image"}


@pytest.mark.parametrize("write", [as_jsonl, as_csv, as_parquet])
def test_lists_of_files_and_addresses(tmp_path, images, write):
    path, problems = write(images)
    rows, asked = load(tmp_path, path, web=(str(WEB),))
    listed = [row for row in rows if row[0] not in problems]
    assert listed == EXPECTED
    assert {row[0]: row[1] for row in rows if row[0] in problems} == problems
    assert asked == len(rows)
    assert load(tmp_path, path, web=(str(WEB),))[1] == 0


def test_an_address_is_fetched(tmp_path):
    image = next(WEB.rglob("*.png"))
    url = f"http://{image.relative_to(WEB).as_posix()}"
    (tmp_path / "list.jsonl").write_text(json.dumps({"url": url}))
    assert load(tmp_path, tmp_path / "list.jsonl", web=(str(WEB),))[0] == [(url, None, None, None, url)]


def test_an_address_waits_for_a_fetcher(tmp_path):
    image = next(WEB.rglob("*.png"))
    url = f"http://{image.relative_to(WEB).as_posix()}"
    (tmp_path / "list.jsonl").write_text(json.dumps({"url": url}))
    assert load(tmp_path, tmp_path / "list.jsonl")[0][0][1] == "no_fetcher"
    assert load(tmp_path, tmp_path / "list.jsonl")[1] == 0
    assert load(tmp_path, tmp_path / "list.jsonl", web=(str(WEB),))[0][0][1] is None


@pytest.fixture
def workers():
    """Asked for by tests that want real worker processes."""


def test_worker_processes_read_seeds_too(tmp_path, images, workers):
    assert [row[:2] for row in load(tmp_path, images)[0]] == [("a.png", None), ("in/b.png", None)]


@pytest.mark.parametrize("within", [True, False])
def test_parquet_as_hugging_face_has_it(tmp_path, images, within):
    """Images of several row groups, as struct{bytes, path}; a row that names a file, and one that is empty."""
    seeds = [p.read_bytes() for p in sorted(SEEDS.glob("*.png")) if p.stem != "notes"]
    structs = [{"bytes": data, "path": None} for data in seeds] + [{"bytes": None, "path": "a.png"}, {"bytes": None, "path": None}, None]
    table = pa.table({"image": pa.array(structs), "subject": ["s"] * len(structs), "label": list(range(len(structs)))})
    pq.write_table(table, images / "train.parquet", row_group_size=2)
    rows, _ = load(tmp_path, images if within else images / "train.parquet")
    found = {row[0]: row[1] for row in rows if "#" in row[0]}
    n = len(seeds)
    assert found == {f"train.parquet#{i}": None for i in range(1, n + 1)} | {
        f"train.parquet#{n + 1}": "duplicate" if within else None,
        f"train.parquet#{n + 2}": "missing",
        f"train.parquet#{n + 3}": "missing",
    }
    assert len(rows) == len(found) + (2 if within else 0)


def test_a_binary_column_will_do(tmp_path):
    pq.write_table(pa.table({"image": pa.array([encoded(drawing("1")), b"no image"])}), tmp_path / "t.parquet")
    assert [row[:2] for row in load(tmp_path, tmp_path / "t.parquet")[0]] == [("t.parquet#1", None), ("t.parquet#2", "not_an_image")]


def test_a_file_that_appears_or_changes_is_read_again(tmp_path, images):
    path = images / "list.jsonl"
    path.write_text(json.dumps({"image": "late.png"}))
    assert load(tmp_path, path)[0][0][1] == "missing"
    (images / "late.png").write_bytes(b"not yet an image")
    assert load(tmp_path, path)[0][0][1] == "not_an_image"
    (images / "late.png").write_bytes(encoded(drawing("3")))
    assert load(tmp_path, path)[0][0][1] is None
    path.write_text(json.dumps({"image": "late.png", "subject": "now known"}))
    assert load(tmp_path, path)[0][0][:3] == ("late.png", None, "now known")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("l.jsonl", b'{"file": "a.png"}', "names no images: .*`image`"),
        ("l.jsonl", b"", "names no images"),
        ("l.csv", b"file\na.png\n", "names no images"),
        ("l.csv", b"", "not a readable CSV"),
        ("l.parquet", b"PAR1 not", "not a readable Parquet"),
    ],
)
def test_what_is_no_list_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VwiError, match=message):
        load(tmp_path, tmp_path / name)


def test_recompressed_copies_go_and_variants_stay(tmp_path):
    """The number is all that differs, as in benchmarks that ask one question with several figures."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    for number in ("3", "8", "12"):
        (folder / f"{number}.png").write_bytes(encoded(drawing(number)))
    (folder / "z-copy.jpg").write_bytes(encoded(drawing("8"), "JPEG", quality=85))
    (folder / "z-copy.webp").write_bytes(encoded(drawing("8"), "WEBP", lossless=True))
    (folder / "z-same.png").write_bytes((folder / "8.png").read_bytes())
    assert {row[0]: row[1] for row in load(tmp_path, folder)[0]} == {
        "12.png": None,
        "3.png": None,
        "8.png": None,
        "z-copy.jpg": "near_duplicate",
        "z-copy.webp": "near_duplicate",
        "z-same.png": "duplicate",
    }


@pytest.mark.shared
def test_real_seeds_and_variants_survive(tmp_path, shared):
    """27 seeds of the corpus; pairs of DynaMath that a 64-bit hash takes for copies."""
    rows, _ = load(tmp_path, shared / "corpus" / "seeds")
    assert {row[1] for row in rows if row[0] != "seeds.jsonl"} == {None}
    near = [
        (255, 259),
        (294, 295),
        (323, 324),
        (370, 375),
        (371, 372),
        (411, 414),
        (109, 148),
        (155, 179),
        (156, 180),
        (242, 243),
        (359, 360),
    ]
    folder = tmp_path / "variants"
    folder.mkdir()
    for number in itertools.chain(*near):
        (folder / f"{number}.png").symlink_to(shared / "benchmarks" / "dynamath" / "image" / f"image{number}.png")
    rows, _ = load(tmp_path / "second", folder)
    assert {row[0]: row[1] for row in rows if row[1]} == {}
