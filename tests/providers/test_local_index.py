"""Pictures are described once, whatever holds them; what is torn on disk is made anew."""

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageDraw

from vwi_lake.providers import image_index, local_index
from vwi_lake.providers.image_index import Segments, add_new, read_arrow
from vwi_lake.providers.local_index import Index, describe_file, load_or_build
from vwi_lake.providers.saved import SavedWeb


def picture(number: int) -> bytes:
    image = Image.new("RGB", (120, 80), "white")
    pen = ImageDraw.Draw(image)
    pen.line((5 * number, 10, 100, 70 - 4 * number), fill="black", width=3)
    pen.ellipse((20, 10 + 3 * number, 50 + 2 * number, 60), outline="red", width=2)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def site(root: Path, host: str, numbers: range) -> Path:
    (root / host).mkdir(parents=True)
    for number in numbers:
        (root / host / f"{number}.png").write_bytes(picture(number))
        (root / host / f"{number}.html").write_text(f"<html><body><p>Picture {number}</p><img src={number}.png></body></html>")
    return root


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    files: list[bytes] = []
    monkeypatch.setattr(local_index, "describe_file", lambda data: files.append(data) or describe_file(data))
    return files


def contents(index: Index) -> tuple[list, list]:
    return index.shown, index.hashes.tolist()


def test_a_site_added_later_costs_its_new_pictures_only(tmp_path: Path, described: list[bytes]):
    one, two = site(tmp_path / "one", "a.example", range(3)), site(tmp_path / "two", "b.example", range(2, 6))
    load_or_build(SavedWeb([one]), tmp_path / "index")
    assert len(described) == 3
    both = load_or_build(SavedWeb([one, two]), tmp_path / "index")
    assert described[3:] == [picture(3), picture(4), picture(5)]
    assert [len(shown) for shown in both.shown] == [1, 1, 2, 1, 1, 1]
    assert contents(both) == contents(load_or_build(SavedWeb([one, two]), tmp_path / "fresh"))
    again = load_or_build(SavedWeb([one]), tmp_path / "index", lambda *_: pytest.fail("built twice"))
    assert len(again.shown) == 3


@pytest.mark.parametrize("harm", ["cut", "emptied", "scribbled", "version", "gone"])
@pytest.mark.parametrize("kind", ["pictures", "shown"])
def test_torn_files_are_made_anew(tmp_path: Path, harm: str, kind: str):
    web = SavedWeb([site(tmp_path / "one", "a.example", range(4))])
    whole = contents(load_or_build(web, tmp_path / "index"))
    (path,) = (tmp_path / "index").glob(f"{kind}-*.arrow")
    data = path.read_bytes()
    if harm == "version":
        path.write_bytes(data.replace(image_index.VERSION, b"0" * len(image_index.VERSION)))
        assert read_arrow(path, image_index._SCHEMA if kind == "pictures" else local_index._SHOWN) is None
    elif harm == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": data[: len(data) // 2], "emptied": b"", "scribbled": b"\xff" * len(data)}[harm])
    assert contents(load_or_build(web, tmp_path / "index")) == whole
    assert contents(load_or_build(web, tmp_path / "index", lambda *_: pytest.fail("built twice"))) == whole


def test_files_hold_so_many_pictures_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(image_index, "SEGMENT", 2)
    whole = load_or_build(SavedWeb([site(tmp_path / "one", "a.example", range(5))]), tmp_path / "index")
    files = sorted((tmp_path / "index").glob("pictures-*.arrow"))
    assert sorted(len(pa.ipc.open_file(str(file)).read_all()) for file in files) == [1, 2, 2]
    thumbs = [whole.thumb(number)[0].tobytes() for number in range(5)]
    expected = [describe_file(picture(number)) for number in range(5)]
    assert thumbs == [each.thumb for each in expected if each]


def test_rows_come_in_the_order_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(image_index, "SEGMENT", 2)
    segments, shas = Segments(tmp_path), [hashlib.sha256(bytes([n])).digest() for n in range(5)]
    add_new(segments, ((sha, describe_file(picture(n))) for n, sha in enumerate(shas)))
    rows = np.array([segments.rows[shas[n]] for n in (4, 0, 3, 0)])
    assert [bytes(sha) for sha in segments.column("sha256", rows)] == [shas[n] for n in (4, 0, 3, 0)]


def warc(root: Path, host: str) -> bytes:
    records = []
    for file in sorted((root / host).iterdir()):
        media = b"text/html" if file.suffix == ".html" else b"image/png"
        body = b"HTTP/1.1 200 OK\r\nContent-Type: " + media + b"\r\n\r\n" + file.read_bytes()
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://{host}/{file.name}\r\nContent-Length: {len(body)}\r\n"
        head += "WARC-Date: 2026-01-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n\r\n"
        records.append(head.encode() + body + b"\r\n\r\n")
    return b"".join(records)


@pytest.mark.parametrize("suffix", [".warc", ".wacz"])
def test_archives_give_the_same_index_as_a_folder(tmp_path: Path, suffix: str):
    root = site(tmp_path / "one", "a.example", range(3))
    archive = tmp_path / f"crawl{suffix}"
    if suffix == ".warc":
        archive.write_bytes(warc(root, "a.example"))
    else:
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("archive/data.warc", warc(root, "a.example"))
            packed.writestr("datapackage.json", "{}")
    assert contents(load_or_build(SavedWeb([archive]), tmp_path / "a")) == contents(load_or_build(SavedWeb([root]), tmp_path / "b"))


def huge() -> bytes:
    """A PNG that says it has ten thousand million pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"


def white(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, "PNG")
    return buffer.getvalue()


BAD = {
    "no picture": b"no picture",
    "empty": b"",
    "cut": picture(1)[:60],
    "huge": huge(),
    "dot": white(1, 1),
    "blank": white(200, 100),
    "hair": white(4000, 1),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_picture_is_no_entry(tmp_path: Path, bad: str):
    assert describe_file(BAD[bad]) is None
    root = site(tmp_path / "one", "a.example", range(1, 3))
    (root / "a.example" / "1.png").write_bytes(BAD[bad])
    assert [shown[0][1] for shown in load_or_build(SavedWeb([root]), tmp_path / "index").shown] == ["http://a.example/2.png"]
