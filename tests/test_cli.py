"""The `vwi` command: what people type, also wrongly."""

import gzip
import json
import sys
import uuid
from pathlib import Path

import pytest

from vwi_lake import cli
from vwi_lake.demo import WEB
from vwi_lake.lake import Lake
from vwi_lake.run import Run, choose
from vwi_lake.settings import LakeSettings, SearchSettings, Settings


@pytest.fixture(autouse=True)
def quiet_place(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def vwi(monkeypatch, capsys):
    def call(*arguments):
        """Exit code, standard output, standard error."""
        monkeypatch.setattr(sys, "argv", ["vwi", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """A lake that a keyless run over the demo's web left."""
    path = tmp_path_factory.mktemp("cli") / "lake"
    settings = Settings(lake=LakeSettings(path=str(path)), web=("demo",), search=SearchSettings(provider="all"), processes=1)
    with Run(settings, choose()) as going:
        for stage in going.stages:
            for rows in going.pending(stage):
                going.ask(stage, rows)
        going.finish()
    return path


# -- what is wrong is named, with the remedy, without a traceback ------------------------------------------------------


def spoiled_files(folder: Path) -> None:
    (folder / "file").write_text("I am a file")
    (folder / "empty").mkdir()
    (folder / "notes.txt").write_text("no archive")
    (folder / "bad.toml").write_text("[serch]\nx = 1")
    (folder / "bad.warc.gz").write_bytes(b"not gzip at all")
    (folder / "half.wacz").write_bytes(b"PK\x03\x04 half a zip")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--web", "nowhere"], "nowhere"),
        (["run", "--web", "notes.txt"], "notes.txt"),
        (["run", "--web", "half.wacz", "--search", "all"], "half.wacz"),
        (["run", "--web", "empty", "--search", "all"], "empty"),
        (["run", "--web", "demo", "--seeds", "gone"], "no seed images at gone"),
        (["run", "--web", "demo", "--seeds", "empty"], "empty"),
        (["run", "--web", "demo", "--search", "altavista"], "search.provider"),
        (["run", "--search", "all"], "name a folder, WARC or WACZ with --web"),
        (["run", "--web", "demo", "--only", "fetch"], "no stage is called 'fetch'"),
        (["run", "--web", "demo", "--until", "fetch"], "no stage is called 'fetch'"),
        (["run", "--web", "demo", "--lake", "file"], "is a file, but a lake is a folder"),
        (["run", "--config", "gone.toml"], "no settings file at gone.toml"),
        (["run", "--config", "bad.toml"], "unknown setting 'serch': did you mean"),
        (["yields", "--lake", "nolake"], "no lake at"),
        (["sql", "select 1", "--lake", "nolake"], "no lake at"),
        (["rebuild", "--lake", "nolake"], "no lake at"),
        (["check", "--lake", "nolake"], "no lake at"),
        (["trace", "x", "--lake", "nolake"], "no lake at"),
        (["export", "--to", "x", "--lake", "nolake"], "no lake at"),
        (["export", "--to", "x", "--format", "tfrecord"], "no format 'tfrecord': there are llava, parquet, webdataset, qa, warc"),
        (["tree", "gone.html"], "cannot read gone.html"),
        (["tree", "http://gone.example/", "--web", "demo"], "http://gone.example/ is not in"),
        (["tree", "http://gone.example/"], "--web"),
        (["forget"], "name one thing to forget"),
        (["dashboard", "--serve", "--out", "x.html"], "give one"),
        (["dashboard", "--lake", "nowhere"], "no lake at"),
    ],
)
def test_bad_input_is_named(vwi, tmp_path, arguments, message):
    spoiled_files(tmp_path)
    code, _, err = vwi(*arguments)
    assert code == 2
    assert message in " ".join(err.split())
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sql", "selekt 1"], "syntax error"),
        (["sql", "select * from silver.nothing"], "nothing"),
        (["sql", "delete from bronze.seeds"], "read-only"),
        (["sql", "select 1", "--format", "yaml"], "table, json, jsonl, csv"),
        (["sql", "select 1", "--at", "yesterday"], "no snapshot 'yesterday'"),
        (["trace", "nothing"], "no pair 'nothing'"),
        (["export", "--to", "taken"], "taken is a file"),
    ],
)
def test_bad_questions_to_a_lake_are_named(vwi, lake, tmp_path, arguments, message):
    (tmp_path / "taken").write_text("")
    code, _, err = vwi(*arguments, "--lake", lake)
    assert code == 2
    assert message in " ".join(err.split())


def warc_record(url, body):
    """One response record, written by hand after WARC 1.1."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def test_a_truncated_warc_gives_what_it_has_and_says_so(vwi, tmp_path):
    pages = sorted(WEB.rglob("*.html"))[:6]
    data = b"".join(gzip.compress(warc_record(f"http://a.example/{i}", page.read_bytes())) for i, page in enumerate(pages))
    (tmp_path / "half.warc.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(EOFError):
        gzip.decompress((tmp_path / "half.warc.gz").read_bytes())
    code, out, _ = vwi("run", "--web", "half.warc.gz", "--search", "all", "--lake", "L")
    assert code == 0
    assert "half.warc.gz" in out
    reader = Lake.read(LakeSettings(path="L"))
    assert 0 < reader.query("select count(*) as n from silver.pages")["n"][0] < 6
    reader.close()


def test_a_pdf_and_a_host_without_the_page_are_rows(vwi, tmp_path):
    site = tmp_path / "web" / "a.example"
    site.mkdir(parents=True)
    (site / "paper.html").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
    (site / "page.html").write_text("<h2>Problem 1</h2><p>What is two and two? <img src=gone.png></p><h3>Solution</h3><p>Four.</p>")
    code, _, _ = vwi("run", "--web", "web", "--search", "all", "--lake", "L")
    assert code == 0
    reader = Lake.read(LakeSettings(path="L"))
    pages = dict(reader.query("select url, rejected_because from verdicts.pages").iter_rows())
    images = reader.query("select image_url, rejected_because from verdicts.images").rows()
    reader.close()
    assert pages == {"http://a.example/page.html": None, "http://a.example/paper.html": "not_html"}
    assert images == [("http://a.example/gone.png", "not_saved")]


def test_seeds_that_are_no_images_are_rows(vwi, tmp_path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "text.png").write_text("text")
    (seeds / "list.jsonl").write_text("{}")
    (seeds / "cut.png").write_bytes(next((WEB.parent / "seeds").glob("circuit.*")).read_bytes()[:200])
    code, out, _ = vwi("run", "--web", "demo", "--seeds", "seeds", "--lake", "L", "--until", "load_seeds")
    assert code == 0
    reader = Lake.read(LakeSettings(path="L"))
    rejected = dict(reader.query("select source, rejected_because from rejects.seeds").iter_rows())
    reader.close()
    assert set(rejected) == {"text.png", "list.jsonl", "cut.png"}
    assert all(rejected.values())
    assert "silver.seeds" in out


# -- what works --------------------------------------------------------------------------------------------------------


def test_sql_in_every_form(vwi, lake):
    query = "select qa_id, images from gold.dataset order by qa_id limit 2"
    _, as_json, _ = vwi("sql", query, "--lake", lake, "--format", "json")
    _, as_lines, _ = vwi("sql", query, "--lake", lake, "--format", "jsonl")
    _, as_csv, _ = vwi("sql", query, "--lake", lake, "--format", "csv")
    rows = json.loads(as_json)
    assert [json.loads(line) for line in as_lines.splitlines()] == rows
    assert as_csv.splitlines()[0] == "qa_id,images"
    assert len(as_csv.splitlines()) == 3
    code, table, _ = vwi("sql", query, "--lake", lake)
    assert code == 0
    assert rows[0]["qa_id"] in table


def test_yields_trace_check_and_doctor(vwi, lake):
    _, out, _ = vwi("yields", "--lake", lake)
    assert "silver.qa_pairs" in out
    _, out, _ = vwi("sql", "select qa_id from gold.dataset order by qa_id limit 1", "--lake", lake, "--format", "csv")
    qa_id = out.split()[1]
    code, out, _ = vwi("trace", qa_id, "--lake", lake)
    assert code == 0
    assert "page_url" in out
    assert "markup" in out
    assert vwi("check", "--lake", lake)[0] == 0
    code, out, _ = vwi("doctor", "--lake", lake)
    assert code == 0
    assert "OPENAI_API_KEY" in out


def test_the_tree_of_a_page(vwi):
    page = next(WEB.rglob("HW3.html"))
    code, out, _ = vwi("tree", page)
    assert code == 0
    assert len(out.split()) > 20
    assert "[img" in out
    code, out, _ = vwi("tree", page, "--select", "h1, h2, h3")
    assert out.startswith("heading")


def test_help_shows_examples(vwi):
    for command in ("run", "sql", "export"):
        code, out, _ = vwi(command, "--help")
        assert code == 0
        assert f"vwi {command}" in out


def test_a_changed_rule_is_applied_without_asking(vwi, lake, tmp_path):
    rules = tmp_path / "my_sql" / "seeds"
    rules.mkdir(parents=True)
    host = "biologyquiz.example"
    _, before, _ = vwi("sql", f"select count(*) as n from gold.dataset where page_url like '%{host}%'", "--lake", lake, "--format", "csv")
    (rules / "blocked_domains.csv").write_text(f"domain,category\n{host},test\n")
    (tmp_path / "vwi.toml").write_text(f"sql = '{tmp_path / 'my_sql'}'\n[lake]\npath = '{lake}'\n")
    assert vwi("rebuild")[0] == 0
    _, after, _ = vwi("sql", f"select count(*) as n from gold.dataset where page_url like '%{host}%'", "--format", "csv")
    assert int(before.split()[1]) > 0
    assert int(after.split()[1]) == 0
    (tmp_path / "vwi.toml").unlink()
    assert vwi("rebuild", "--lake", lake)[0] == 0
