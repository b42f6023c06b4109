"""What was taken down is in no table, snapshot, blob or book, and no later run brings it back."""

import base64
import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.providers.batch_server import BatchApi
from tests.providers.openai_server import OpenAiServer
from tests.test_run import run as run_all
from vwi_lake import takedown
from vwi_lake.cli import app
from vwi_lake.demo import SEEDS
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.run import Run, choose
from vwi_lake.settings import LakeSettings, LlmSettings, SearchSettings, Settings
from vwi_lake.takedown import KeptOut, Takedown, find, forget, key_of

DOMAIN = "openchem.example"


def run(folder):
    return run_settings(Settings(lake=LakeSettings(path=str(folder)), web=("demo",), search=SearchSettings(provider="all"), processes=1))


def run_settings(settings):
    run_all(settings)
    return settings


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return run(tmp_path_factory.mktemp("takedown") / "lake")


@pytest.fixture
def settings(made, tmp_path):
    """A copy: each test takes down its own."""
    shutil.copytree(made.lake.path, tmp_path / "lake")
    return made.model_copy(update={"lake": LakeSettings(path=str(tmp_path / "lake"))})


def rows_naming(settings, word):
    """Table → rows in which the word stands anywhere."""
    lake = Lake.read(settings.lake)
    tables = lake.query("select schema_name || '.' || table_name as name from duckdb_tables() where database_name = 'lake'")["name"]
    counts = {t: lake.query(f"select count(*) as n from {t} as t where contains(t::varchar, $1)", [word])["n"][0] for t in tables}
    lake.close()
    return {table: n for table, n in counts.items() if n}


def files_naming(settings, word):
    """Files of the lake that hold the word, packed text unpacked; other sites' pages may link there."""
    return [p for p in Path(settings.lake.path).rglob("*") if p.is_file() and p.suffix != ".gz" and word.encode() in p.read_bytes()]


def take_down(settings, **named):
    with Run(settings) as going:
        return forget(going.lake, Takedown.of(**named), going.run_id, Path(settings.lake.path))


def test_a_domain_is_gone_and_stays_away(settings):
    assert rows_naming(settings, DOMAIN)
    before = Lake.read(settings.lake)
    pages = before.query("select body_sha from bronze.page_fetches where url like $1", [f"%{DOMAIN}%"])["body_sha"].to_list()
    kept = before.query("select qa_id from gold.dataset where domain <> $1 order by qa_id", [DOMAIN])
    before.close()
    done = take_down(settings, domain=DOMAIN)
    assert done["bronze.page_fetches"] == len(pages) > 1
    assert done["gold.dataset"] > 3
    for _ in range(2):
        lake = Lake.read(settings.lake)
        assert rows_naming(settings, DOMAIN) == {}
        assert files_naming(settings, DOMAIN) == []
        assert lake.query("select qa_id from gold.dataset order by qa_id").equals(kept)
        assert lake.query("select kind, key from bronze.forgotten").rows() == [("domain", key_of("domain", DOMAIN))]
        for sha in pages:
            with pytest.raises(VwiError, match="is not under"):
                lake.blobs.get(sha)
        lake.close()
        run(settings.lake.path)


def test_the_catalog_is_made_smaller_beside_who_reads_it(settings):
    """SQLite of this process would not see that DuckDB has the file open, and clear away its log when it closes it."""
    folder = Path(settings.lake.path)
    with closing(Lake.open(settings.lake)) as lake, closing(lake.connection.cursor()) as reading:
        reading.execute("begin")
        reading.execute("select count(*) from lake.gold.dataset")
        takedown._clear(lake, folder, {})
        assert {"catalog.sqlite-wal", "catalog.sqlite-shm"} <= {file.name for file in folder.iterdir()}


def test_an_image_is_gone_with_the_pairs_that_show_it(settings):
    lake = Lake.read(settings.lake)
    sha, n = lake.query("select sha, count(*) as n from (select unnest(images) as sha from gold.dataset) group by 1 order by 2, 1").row(0)
    before = lake.query("select count(*) as n from gold.dataset")["n"][0]
    lake.close()
    take_down(settings, image=sha)
    run(settings.lake.path)
    lake = Lake.read(settings.lake)
    assert lake.query("select count(*) as n from gold.dataset")["n"][0] == before - n
    assert rows_naming(settings, sha) == {}
    with pytest.raises(VwiError, match="is not under"):
        lake.blobs.get(sha)
    lake.close()


def test_books_of_replies_lose_their_lines(settings, tmp_path):
    with Run(settings) as going:
        url = going.lake.query("select page_url from gold.dataset order by 1 limit 1")["page_url"][0]
        going.lake.run("insert into bronze.llm_calls by name select 'r' as run_id, 'h1' as request_hash, $1 as subject_id", [url])
    book = sqlite3.connect(tmp_path / "lake" / "llm-replies.sqlite")
    book.execute("create table if not exists replies (request_hash text primary key, reply text not null)")
    book.executemany("insert into replies values (?, ?)", [("h1", "of it"), ("h2", "of others")])
    book.commit()
    assert take_down(settings, page=url)["bronze.llm_calls"] == 1
    assert book.execute("select request_hash from replies").fetchall() == [("h2",)]
    book.close()


@pytest.mark.slow
def test_prompts_and_replies_of_batches_that_are_out_go_too(settings, monkeypatch, caplog):
    """One batch is at the endpoint, another was gathered by a run that was killed; replies of what is gone are not taken in later."""
    told = json.dumps({"valid": True, "why": f"seen at {DOMAIN}", "images": []})
    with OpenAiServer(lambda request: told) as server:
        api = BatchApi(server)
        api.fate = lambda number: "in_progress"
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        asking = settings.model_copy(update={"llm": LlmSettings(batch=("check_qa",))})
        ask_the_model(asking)
        book = Path(settings.lake.path) / "llm-replies.sqlite"
        with closing(sqlite3.connect(book)) as connection:
            out = connection.execute("select count(*) from batched").fetchone()[0]
        left = Path(settings.lake.path) / "llm-batches" / "killed.jsonl"
        left.write_text(f"a prompt about {DOMAIN}")
        url = page_of(settings, DOMAIN)
        take_down(settings, domain=DOMAIN)
        assert "are in batches that are out" in caplog.text
        assert not left.exists()
        api.fate = lambda number: "completed"
        ask_the_model(asking)
        with closing(sqlite3.connect(book)) as connection:
            kept = connection.execute("select count(*) from replies").fetchone()[0]
            assert connection.execute("select count(*) from batched").fetchone() == (0,)
            assert connection.execute("select count(*) from exchanges").fetchone() == (0,)
            assert not connection.execute("select 1 from replies where subject_id = ?", [url]).fetchall()
    assert 0 < kept < out
    assert len(api.batches) == 1
    assert files_naming(settings, url) == []


def ask_the_model(settings):
    with Run(settings, choose(["check_qa"])) as going:
        for rows in going.pending(going.stages[0]):
            going.ask(going.stages[0], rows)


def page_of(settings, domain):
    lake = Lake.read(settings.lake)
    url = lake.query("select page_url from silver.qa_pairs where contains(page_url, $1) order by 1 limit 1", [domain])["page_url"][0]
    lake.close()
    return url


@pytest.mark.parametrize(
    ("keys", "url", "out"),
    [
        ([("domain", "a.org")], "https://www.A.org/x?y", True),
        ([("domain", "a.org")], "https://ba.org/", False),
        ([("page", "https://a.org/x")], "https://a.org/x#top", True),
        ([("page", "https://a.org/x")], "https://a.org/xy", False),
        ([("domain", "a.org")], "no url", False),
        ([], "https://a.org/", False),
    ],
)
def test_what_is_kept_out(keys, url, out):
    assert KeptOut(key_of(*key) for key in keys).url(url) is out


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"domain": "com"}, "public suffix"),
        ({"domain": "co.uk"}, "public suffix"),
        ({"domain": "example"}, "single label"),
        ({"domain": "a.org/path"}, "with --page"),
        ({"domain": " "}, "name one thing"),
        ({"image": "3b1f…"}, "64 hex digits"),
        ({}, "name one thing"),
        ({"domain": "a.org", "page": "http://a.org"}, "name one thing"),
        ({"page": "no url"}, "is no page"),
    ],
)
def test_what_cannot_be_forgotten_is_told(named, message):
    with pytest.raises(VwiError, match=message):
        Takedown.of(**named)


@pytest.mark.parametrize("name", ["a.org", "A.org.", "*.a.org", "https://a.org/", " a.org "])
def test_spellings_of_a_domain(name):
    assert Takedown.of(domain=name) == Takedown("domain", "a.org")


def test_a_takedown_that_was_cut_off_is_finished_by_the_next_run(settings, monkeypatch):
    lake = Lake.read(settings.lake)
    pages = lake.query("select body_sha from bronze.page_fetches where url like $1", [f"%{DOMAIN}%"])["body_sha"].to_list()
    lake.close()
    with monkeypatch.context() as cut:
        cut.setattr("vwi_lake.blobs.Blobs.delete", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take_down(settings, domain=DOMAIN)
    run(settings.lake.path)
    lake = Lake.read(settings.lake)
    for sha in pages:
        with pytest.raises(VwiError, match="is not under"):
            lake.blobs.get(sha)
    lake.close()
    assert rows_naming(settings, DOMAIN) == {}


def test_a_picture_taken_down_is_no_seed_again(settings):
    with_seeds = settings.model_copy(update={"seeds": str(SEEDS), "search": SearchSettings(), "web": ("demo",)})
    sha = hashlib.sha256((SEEDS / "parabola.png").read_bytes()).hexdigest()
    take_down(settings, image=sha)
    with Run(with_seeds, choose(["load_seeds"])) as going:
        for rows in going.pending(going.stages[0]):
            going.ask(going.stages[0], rows)
        going.lake.rebuild()
        said = going.lake.query("select rejected_because from verdicts.seeds where source = 'parabola.png'").rows()
    assert said == [("forgotten",)]
    assert rows_naming(settings, sha) == {}


def saved_page(folder, *images):
    """A saved site of one page of pairs, with these pictures written into it."""
    shown = "".join(
        f"<div class='exercise'><p>What does the drawing number {n} show to a reader?</p><img src='data:image/png;base64,{image}'>"
        f"<div class='solution'><p>It shows number {n}.</p></div></div>"
        for n, image in enumerate(images)
    )
    (folder / "quiz.example").mkdir(parents=True)
    (folder / "quiz.example" / "page.html").write_text(f"<main><h1>Exercises</h1>{shown}</main>")
    return folder


def test_an_image_written_into_a_page_is_cut_out_of_it_and_stays_out(tmp_path):
    pictures = [base64.b64encode((SEEDS / name).read_bytes()).decode() for name in ("parabola.png", "circuit.png")]
    web = str(saved_page(tmp_path / "web", *pictures))

    def mine():
        settings = Settings(lake=LakeSettings(path=str(tmp_path / "lake")), web=(web,), search=SearchSettings(provider="all"), processes=1)
        run_settings(settings)
        lake = Lake.read(settings.lake)
        pairs = lake.query("select question, images, body_sha from gold.dataset order by question").to_dicts()
        bodies = [
            lake.blobs.get(sha) for sha in lake.query("select body_sha from bronze.page_fetches where body_sha is not null")["body_sha"]
        ]
        lake.close()
        return settings, pairs, bodies

    settings, pairs, _ = mine()
    assert [len(pair["images"]) for pair in pairs] == [1, 1]
    gone = next(pair for pair in pairs if "number 0" in pair["question"])["images"][0]
    take_down(settings, image=gone)
    (Path(web) / "quiz.example" / "page.html").touch()
    for _ in range(2):
        _, left, bodies = mine()
        assert [pair["question"] for pair in left] == [pair["question"] for pair in pairs if gone not in pair["images"]]
        assert bodies
        assert not any(pictures[0][:200].encode() in body for body in bodies)
        assert all(pictures[1][:200].encode() in body for body in bodies)
        assert rows_naming(settings, gone) == {}


@pytest.mark.parametrize(
    "url",
    ["https://WWW.openchem.example/book/kinetics/rates.html?utm_source=x", "http://m.openchem.example/book/kinetics/rates.html#top",
     "https://openchem.example/book/kinetics/%72ates.html", "http://openchem.example/print/book/kinetics/rates.html"],
)  # fmt: skip
def test_a_page_by_any_spelling(settings, url):
    page = "openchem.example/book/kinetics/rates.html"
    with Run(settings) as going:
        assert find(going.lake, Takedown.of(page=url))["bronze.page_fetches"] == 1
    keys = KeptOut([key_of("page", Takedown.of(page=url).name)])
    assert all(keys.url(spelled) for spelled in (url, f"http://{page}", f"https://www.{page}?gclid=1"))
    assert not keys.url("http://openchem.example/book/acids/titration.html")


def test_a_lake_that_is_not_there_is_told(tmp_path):
    told = CliRunner().invoke(app, ["forget", "--lake", str(tmp_path / "no"), "--domain", DOMAIN, "--yes"])
    assert isinstance(told.exception, VwiError)
    assert not (tmp_path / "no").exists()


def test_a_dry_run_changes_nothing(settings):
    told = CliRunner().invoke(app, ["forget", "--lake", settings.lake.path, "--domain", DOMAIN, "--dry-run"])
    assert told.exit_code == 0, told.output
    assert "gold.dataset" in told.output
    with Run(settings) as going:
        assert find(going.lake, Takedown.of(domain=DOMAIN))["gold.dataset"] > 3
