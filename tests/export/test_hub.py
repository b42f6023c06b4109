"""A push makes the data set on the Hub what the export holds; the token is nowhere but in the requests."""

import pytest
from typer.testing import CliRunner

from tests.export.hub_server import HubServer
from vwi_lake.cli import app
from vwi_lake.errors import VwiError
from vwi_lake.export import hub

pytest.importorskip("huggingface_hub")
TOKEN = "hf_" + "t" * 34


@pytest.fixture
def server(monkeypatch, tmp_path):
    with HubServer() as started:
        monkeypatch.setenv("HF_ENDPOINT", started.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield started


def files_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def push(lake, to, *more):
    return CliRunner().invoke(app, ["export", "--lake", lake.place, "--to", str(to), "--format", "parquet", "--push", "me/pairs", *more])


def test_what_is_there_is_what_was_exported(lake, tmp_path, server):
    server.files["data/train-00000-of-00009.parquet"] = b"of an earlier push"
    told = push(lake, tmp_path / "out")
    assert told.exit_code == 0, told.output
    exported = files_of(tmp_path / "out")
    assert exported.pop("export.json")
    assert server.files == exported
    assert {"README.md", "SHA256SUMS"} < exported.keys()
    assert server.created[0]["type"] == "dataset"
    assert server.created[0].get("private", server.created[0].get("visibility")) in (True, "private")
    assert len(server.commits) == 1
    assert f"Bearer {TOKEN}" in server.keys <= {f"Bearer {TOKEN}", None}
    for place in (tmp_path, lake.place):
        assert not any(TOKEN.encode() in data for data in files_of(tmp_path.__class__(place)).values())
    assert TOKEN not in told.output


def test_a_failed_push_is_told_without_the_token(lake, tmp_path, server):
    server.fails = [403]
    told = push(lake, tmp_path / "out")
    assert isinstance(told.exception, VwiError)
    assert "did not take me/pairs" in str(told.exception)
    assert TOKEN not in str(told.exception) + told.output
    assert push(lake, tmp_path / "out", "--public").exit_code == 0


@pytest.mark.parametrize(
    ("token", "repo", "form", "message"),
    [
        (None, "me/pairs", "parquet", "set HF_TOKEN"),
        (" ", "me/pairs", "parquet", "set HF_TOKEN"),
        (TOKEN, "a/b/c", "parquet", "no repository"),
        (TOKEN, "me/pairs", "llava", "--format parquet"),
    ],
)
def test_what_cannot_be_pushed_is_told_before_anything_is_written(lake, tmp_path, server, monkeypatch, token, repo, form, message):
    monkeypatch.delenv("HF_TOKEN")
    if token is not None:
        monkeypatch.setenv("HF_TOKEN", token)
    told = CliRunner().invoke(app, ["export", "--lake", lake.place, "--to", str(tmp_path / "out"), "--format", form, "--push", repo])
    assert isinstance(told.exception, VwiError)
    assert message in str(told.exception)
    assert not (tmp_path / "out").exists()


def test_the_card_says_what_is_in_it(lake, tmp_path):
    from vwi_lake.export.card import card

    text = card(lake)
    for title in ("By subject", "By language", "By licence", "By domain", "Safety", "How it came about"):
        assert f"## {title}" in text
    assert f"Snapshot {lake.snapshot()}" in text
    assert hub.TOKEN not in text
