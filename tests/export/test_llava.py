"""The LLaVA export: its format, its bytes, and pages that write "<image>"."""

import hashlib
import json

import pytest
import yaml

from vwi_lake.export.llava import export_llava, sample
from vwi_lake.export.pairs import ImageFile, Pair
from vwi_lake.web.images import decode


def tree_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_two_exports_are_the_same_bytes(lake, tmp_path):
    export_llava(lake, tmp_path / "a")
    export_llava(lake, tmp_path / "b")
    export_llava(lake, tmp_path / "b")
    assert tree_of(tmp_path / "a") == tree_of(tmp_path / "b")
    for line in (tmp_path / "a" / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((tmp_path / "a" / name).read_bytes()).hexdigest() == digest


def test_every_image_named_is_there_and_can_be_read(lake, tmp_path):
    done = export_llava(lake, tmp_path)
    listed = yaml.safe_load((tmp_path / "vwi_conversations.yaml").read_text())["datasets"]
    samples = json.loads((tmp_path / listed[0]["json_path"]).read_text())
    assert listed[0]["sampling_strategy"] == "all"
    assert len(samples) == done.pairs > 30
    assert [json.loads(line) for line in (tmp_path / "vwi_conversations.jsonl").read_text().splitlines()] == samples
    named = set()
    for s in samples:
        images = s.get("image", [])
        images = [images] if isinstance(images, str) else images
        named |= set(images)
        assert s["conversations"][0]["value"].count("<image>") == len(images)
        assert [t["from"] for t in s["conversations"]] == ["human", "gpt"]
    assert len(named) == done.images > 5
    for name in named:
        assert min(decode((tmp_path / name).read_bytes()).size) >= 16


def test_what_the_lake_no_longer_has_goes_from_the_export_but_nothing_else(lake, tmp_path):
    stale, theirs = "0" * 64 + ".png", "1" * 64 + ".png"
    images = tmp_path / "images"
    images.mkdir()
    (images / stale).write_bytes(b"of an earlier export")
    (tmp_path / "SHA256SUMS").write_text(f"{'2' * 64}  images/{stale}\n{'3' * 64}  ../elsewhere\n")
    (tmp_path / "export.json").write_text('{"format": "llava", "snapshot": 1, "version": "0"}')
    (images / theirs).write_bytes(b"not ours")
    export_llava(lake, tmp_path)
    assert not (images / stale).exists()
    assert (images / theirs).exists()


def test_a_spoiled_image_is_written_again(lake, tmp_path):
    export_llava(lake, tmp_path)
    before = tree_of(tmp_path)
    next(iter(sorted((tmp_path / "images").iterdir()))).write_bytes(b"spoiled")
    export_llava(lake, tmp_path)
    assert tree_of(tmp_path) == before


ONE = ImageFile("a" * 64, "jpeg")
TWO = ImageFile("b" * 64, "png")


@pytest.mark.parametrize(
    ("question", "images", "image", "value"),
    [
        ("What?", [], None, "What?"),
        ("What?", [ONE], f"images/{'a' * 64}.jpg", "<image>\nWhat?"),
        ("What?", [ONE, TWO], [f"images/{'a' * 64}.jpg", f"images/{'b' * 64}.png"], "<image>\n<image>\nWhat?"),
        ("Which tag is <image>?", [ONE], f"images/{'a' * 64}.jpg", "<image>\nWhich tag is < image >?"),
    ],
)
def test_samples(question, images, image, value):
    made = sample(Pair("q", question, "A", images, {}))
    assert made.get("image") == image
    assert made["conversations"][0]["value"] == value
