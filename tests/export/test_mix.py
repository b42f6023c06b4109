"""Mixes: what is in which, nine to one, alike by seed; and partner sets that nobody checked."""

import json

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from vwi_lake.cli import app
from vwi_lake.errors import VwiError
from vwi_lake.export.formats import export
from vwi_lake.export.mix import MIXES, Mix, export_mix
from vwi_lake.export.partner import read_partner


def tree_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def samples_of(folder, mix):
    """As LLaVA's loader reads a list."""
    listed = yaml.safe_load((folder / f"{mix}.yaml").read_text())["datasets"]
    assert all(entry["sampling_strategy"] == "all" for entry in listed)
    return [json.loads(line) for entry in listed for line in (folder / entry["json_path"]).read_text().splitlines()]


def images_of(sample):
    named = sample.get("image", [])
    return [named] if isinstance(named, str) else named


@pytest.fixture
def partner(tmp_path):
    """Twenty good samples, five with a picture; and others."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    Image.new("RGB", (40, 30), "red").save(folder / "a.png")
    (tmp_path / "secret.png").write_bytes(b"not theirs")

    def sample(n, image=None, value=None):
        said = value if value is not None else ("<image>\n" if image else "") + f"Question {n}?"
        talk = [{"from": "human", "value": said}, {"from": "gpt", "value": f"Answer {n}."}]
        return {"id": n, **({"image": image} if image else {}), "conversations": talk}

    good = [sample(n, "a.png" if n < 5 else None) for n in range(20)]
    bad = [
        sample(20, "../secret.png"),
        sample(21, "gone.png"),
        sample(22, "a.png", "no mark"),
        sample(23, ["a.png", "a.png"]),
        sample(24, {"bytes": "a"}),
        sample(25, "a\0.png"),
        sample(26, "n" * 5000),
        {"id": 27},
        "text",
        {"id": 28, "conversations": [{"from": "system", "value": "x"}, {"from": "gpt", "value": "y"}]},
        {"id": 29, "conversations": [{"from": "gpt", "value": "x"}]},
    ]
    (folder / "set.json").write_text(json.dumps(good + bad))
    return folder / "set.json"


@pytest.mark.parametrize("mix", [name for name in MIXES if name != "mixed_9_1"])
def test_each_mix_is_what_it_says(lake, tmp_path, mix):
    done = export_mix(lake, tmp_path, Mix(mix))
    samples = samples_of(tmp_path, mix)
    assert done.pairs == len(samples) > 10
    visual = [bool(images_of(s)) for s in samples]
    assert {"text_only": not any(visual), "visual_only": all(visual)}.get(mix, any(visual) and not all(visual))
    for sample in samples:
        assert sample["conversations"][0]["value"].count("<image>") == len(images_of(sample))
        assert all((tmp_path / name).is_file() for name in images_of(sample))
    held_out = set(lake.query("select qa_id from gold.splits where split = 'validation'")["qa_id"])
    assert held_out.isdisjoint(s["id"] for s in samples)


def test_unrefined_holds_what_checks_reject(lake):
    count = "select count(*) from gold.training_mix where list_contains(mixes, $1)"
    assert lake.query(count, ["unrefined"]).item() > lake.query(count, ["alone"]).item()


def test_nine_to_one(lake, tmp_path, partner):
    done = export_mix(lake, tmp_path / "out", Mix("mixed_9_1", 1, partner=partner))
    samples = samples_of(tmp_path / "out", "mixed_9_1")
    theirs = [s for s in samples if s["conversations"][0]["value"].rpartition("\n")[2].startswith("Question ")]
    assert len(theirs) == (len(samples) - len(theirs)) // 9 > 2
    assert all((tmp_path / "out" / name).is_file() for s in samples for name in images_of(s))
    assert "left out: 4 image_missing, 2 images_and_marks_differ, 4 no_conversation, 1 strange_image" in done.said
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or path.read_bytes() != b"not theirs"


def test_a_small_partner_keeps_the_ratio(lake, tmp_path, partner):
    listed = {"datasets": [{"json_path": "set.json", "sampling_strategy": "first:2"}]}
    (partner.parent / "list.yaml").write_text(yaml.safe_dump(listed))
    export_mix(lake, tmp_path / "out", Mix("mixed_9_1", 1, partner=partner.parent / "list.yaml"))
    assert [len((tmp_path / "out" / f"mixed_9_1{end}.jsonl").read_text().splitlines()) for end in ("", "-partner")] == [18, 2]


def test_the_same_bytes_for_a_seed_and_after_a_stop(lake, tmp_path, partner):
    def write(name, seed, tick=lambda _: None):
        export_mix(lake, tmp_path / name, Mix("mixed_9_1", seed, "random:50%", partner), tick)
        return tree_of(tmp_path / name)

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write("b", 1, stop)
    one = write("a", 1)
    assert one == write("b", 1)
    assert one != write("c", 2)
    assert one == write("c", 1)  # over another seed's


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda p: Mix("none"), "the base model"),
        (lambda p: Mix("mixd"), "there are alone, mixed_9_1"),
        (lambda p: Mix("mixed_9_1"), "--with names"),
        (lambda p: Mix("alone", partner=p), "--with names"),
        (lambda p: Mix("alone", sampling="half"), "no sampling rule"),
        (lambda p: read_partner(p.with_name("no.json"), None, 0), "not readable"),
        (lambda p: read_partner(p.with_name("no.yaml"), None, 0), "no data list"),
    ],
)
def test_what_cannot_be_mixed_is_told(lake, tmp_path, partner, asked, message):
    with pytest.raises(VwiError, match=message):
        export_mix(lake, tmp_path / "out", asked(partner))


@pytest.mark.parametrize("text", ["", "[]", "datasets", "datasets: 3", "datasets: [{path: x}]", "datasets: [x]", "\t{"])
def test_a_list_that_is_none(tmp_path, text):
    (tmp_path / "list.yaml").write_text(text)
    with pytest.raises(VwiError, match="no data list"):
        read_partner(tmp_path / "list.yaml", None, 0)


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("a.json", '{"a": 1}'), ("a.jsonl", "[1"), ("a.jsonl", "")])
def test_a_set_that_is_none(lake, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(VwiError, match="not readable|no list|0 usable"):
        export_mix(lake, tmp_path / "out", Mix("mixed_9_1", partner=tmp_path / name))


def test_the_command(lake, tmp_path):
    place = lake.place
    told = CliRunner().invoke(app, ["export", "--lake", place, "--to", str(tmp_path / "out"), "--mix", "text_only", "--sample", "first:3"])
    assert told.exit_code == 0, told.output
    assert len(samples_of(tmp_path / "out", "text_only")) == 3
    for wrong in (["--format", "qa", "--mix", "alone"], ["--sample", "all"]):
        assert isinstance(CliRunner().invoke(app, ["export", "--lake", place, "--to", str(tmp_path), *wrong]).exception, VwiError)


def test_a_mix_of_a_snapshot(lake, tmp_path):
    from vwi_lake.settings import LakeSettings

    assert export(LakeSettings(path=lake.place), Mix("alone"), tmp_path / "out", str(lake.snapshot())).pairs > 30
