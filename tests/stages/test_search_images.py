"""The stage on a real lake and real sockets: what lands in bronze, what is asked again, what is never paid twice."""

import json
import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.providers.search_servers import HTML, SearchServer, reply, serpapi_error, serpapi_page, vision_image_error, vision_page
from vwi_lake.demo import SEEDS
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake, blobs_of
from vwi_lake.providers import make, serpapi
from vwi_lake.records import BRONZE
from vwi_lake.run import Run, choose
from vwi_lake.settings import LakeSettings, SearchSettings, Settings
from vwi_lake.stages.load_seeds import Seed

KEY = "key-Never+Shown/42"
SEARCHES = "select * from bronze.searches order by asked_at, seed_id"
RECORDS = BRONZE
SPENT = serpapi_error(429, "Your account has run out of searches.")


@pytest.fixture
def server(monkeypatch):
    with SearchServer(serpapi_page(1)) as running:
        for name in ("SERPAPI", "GOOGLE_VISION", "SERPER"):
            monkeypatch.setenv(f"{name}_BASE_URL", running.url)
        for name in ("SERPAPI_API_KEY", "GOOGLE_API_KEY", "SERPER_API_KEY"):
            monkeypatch.setenv(name, KEY)
        yield running


def settings_at(tmp_path, provider="serpapi", **search):
    return Settings(lake=LakeSettings(path=str(tmp_path / "lake")), search=SearchSettings(provider=provider, **search), processes=1)


def with_seeds(settings, n=1, **values):
    """A lake in which `n` seeds were loaded, each with an address of its own."""
    lake = Lake.open(settings.lake, records=RECORDS)
    data = (SEEDS / "parabola.png").read_bytes()
    for i in range(n):
        sha = blobs_of(settings.lake).put(data + bytes(i))
        given = {"seed_id": sha, "url": f"https://seeds.example/{i}.png", "format": "png", "width": 99, "height": 99} | values
        lake.append([Seed(folder="f", source=str(i), fingerprint="1", run_id="r", asked_at=datetime.now(UTC), **given)])
    lake.close()
    return settings


def run(settings):
    """One run of the stage: its searches, hits, whether it warned that it stopped, and why it was left out."""
    with Run(settings, choose(["search_images"])) as going:
        for stage in going.stages:
            for rows in going.pending(stage):
                going.ask(stage, rows)
        query, checks = going.lake.query, going.lake.rules.checks("warn")
        hits = query("select * from bronze.search_hits order by asked_at, rank")
        return query(SEARCHES), hits, query(checks["search_stopped"]).height > 0, going.asked[0].left_out


def test_replies_are_kept_whole_beside_their_hits(tmp_path, server):
    server.script += [serpapi_page(1, token="t"), serpapi_page(3)]
    searches, hits, _, _ = run(with_seeds(settings_at(tmp_path)))
    row = searches.to_dicts()[0]
    assert (row["n_hits"], row["n_requests"], row["cost_usd"], row["error"], row["parser"]) == (4, 2, pytest.approx(0.03), None, 1)
    kept = [json.loads(blobs_of(settings_at(tmp_path).lake).get(sha)) for sha in row["reply_shas"]]
    assert [len(page["visual_matches"]) for page in kept] == [2, 2]
    assert hits["page_url"].to_list() == [f"https://site{i}.example/page" for i in (1, 2, 3, 4)]
    assert set(hits["provider"]) == {"serpapi"}
    assert run(settings_at(tmp_path))[0].height == 1  # what was answered is not asked again
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("first", "error", "asked_again"),
    [
        ([SPENT], "quota_gone", True),
        ([HTML], "malformed", True),
        ([serpapi_page(5, token="t"), serpapi_error(400, "no")], "partial", True),
        ([serpapi_error(400, "Unsupported image `url`")], "bad_image", False),
        ([serpapi_page(1, n=0)], None, False),
    ],
)
def test_only_what_may_pass_is_asked_again(tmp_path, server, first, error, asked_again):
    server.script += first
    settings = with_seeds(settings_at(tmp_path))
    assert run(settings)[0]["error"].to_list() == [error]
    searches, *_ = run(settings)
    assert searches["error"].to_list() == ([error, None] if asked_again else [error])
    assert searches["search_id"].n_unique() == searches.height


def test_the_budget_counts_all_runs_and_the_run_says_so(tmp_path, server):
    settings = with_seeds(settings_at(tmp_path, max_requests=3), n=12)
    searches, _, stopped, _ = run(settings)
    assert (searches["n_requests"].sum(), stopped) == (3, True)
    assert searches["error"].drop_nulls().unique().to_list() == ["budget_reached"]
    run(settings)
    assert len(server.requests) == 3
    searches, _, stopped, _ = run(settings_at(tmp_path, max_requests=100, budget_usd=0.075))
    assert (len(server.requests), searches["cost_usd"].sum(), stopped) == (5, pytest.approx(0.075), True)
    searches, _, stopped, _ = run(settings_at(tmp_path))
    assert (len(server.requests), stopped) == (12, False)


def test_a_quota_that_is_gone_ends_the_run_s_asking(tmp_path, server):
    server.usual = SPENT
    searches, _, stopped, _ = run(with_seeds(settings_at(tmp_path), n=40))
    assert len(server.requests) == searches.height <= 8  # what was in flight
    assert stopped


def test_a_new_parser_reads_kept_replies_and_asks_nothing(tmp_path, server, monkeypatch):
    server.script += [HTML]
    settings = with_seeds(settings_at(tmp_path), n=2)
    run(settings)
    asked = len(server.requests)

    def only_first(reply):
        return serpapi.read(reply)[:1]

    newer = serpapi.ENGINE.__class__(**(vars(serpapi.ENGINE) | {"parser": 2, "read": only_first}))
    monkeypatch.setitem(make.ENGINES, "serpapi", newer)
    searches, _, _, _ = run(settings)
    again = searches.filter(searches["parser"] == 2).sort("n_hits")
    assert again["n_requests"].to_list() == [0, 0]
    assert again["n_hits"].to_list() == [0, 1]
    assert again["error"].to_list() == ["malformed", None]
    assert len(server.requests) == asked
    searches, _, _, _ = run(settings)  # the unreadable one is now asked anew, and no other
    assert len(server.requests) == asked + 1
    assert searches["search_id"].n_unique() == searches.height  # so that hits of an old reading do not mix with the new


def test_a_reply_that_was_paid_for_survives_a_kill(tmp_path, server, monkeypatch):
    settings = with_seeds(settings_at(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(Lake, "append", _killed_at_search(Lake.append))
        with pytest.raises(KeyboardInterrupt):
            run(settings)
    searches, hits, _, _ = run(settings)
    assert (searches["n_requests"].to_list(), hits.height, len(server.requests)) == ([1], 2, 1)


def _killed_at_search(append):
    def dying(self, records, note=""):
        if note.startswith("search_images"):
            raise KeyboardInterrupt
        append(self, records, note)

    return dying


@pytest.mark.parametrize("provider", ["serpapi", "google_vision", "serper"])
def test_without_a_key_the_stage_is_left_out_and_says_why(tmp_path, server, monkeypatch, provider):
    name = make.ENGINES[provider].key_name
    monkeypatch.delenv(name)
    assert f"set {name} in the environment" in run(settings_at(tmp_path, provider))[3]


def test_a_refused_key_stops_the_run(tmp_path, server):
    server.usual = serpapi_error(401, f"Invalid API key {KEY}")
    with pytest.raises(VwiError, match="set SERPAPI_API_KEY") as raised:
        run(with_seeds(settings_at(tmp_path)))
    assert KEY not in str(raised.value)


def test_google_sees_the_image_itself_as_png(tmp_path, server):
    server.usual = vision_page()
    settings = settings_at(tmp_path, "google_vision")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle r="9"/></svg>'
    with_seeds(settings, seed_id=blobs_of(settings.lake).put(svg), format="svg", url=None)
    searches, hits, _, _ = run(settings)
    assert server.requests[0].body["requests"][0]["image"]["content"].startswith("iVBORw0KGgo")
    assert (searches["error"].to_list(), hits.height) == ([None], 4)


def test_a_seed_without_an_address_waits_until_it_has_one(tmp_path, server):
    settings = with_seeds(settings_at(tmp_path), url=None)
    assert run(settings)[0]["error"].to_list() == ["no_public_url"]
    assert run(settings)[0].height == 1
    lake = Lake.open(settings.lake, records=RECORDS)
    seed = lake.query("select seed_id from silver.seeds")["seed_id"][0]
    known = {"folder": "f", "source": "0", "width": 99, "height": 99, "format": "png"}
    lake.append([Seed(fingerprint="2", seed_id=seed, url="https://new.example/", run_id="r", asked_at=datetime.now(UTC), **known)])
    lake.close()
    assert run(settings)[0]["error"].to_list() == ["no_public_url", None]


@pytest.mark.parametrize("bad", [vision_image_error(14, "try later"), vision_image_error(3, "Bad image data.")])
def test_errors_about_one_image_leave_the_others(tmp_path, server, bad):
    server.usual = vision_page()
    server.script += [bad]
    searches, *_ = run(with_seeds(settings_at(tmp_path, "google_vision"), n=3))
    assert searches.height == 3
    assert searches["n_hits"].to_list().count(4) >= 2


def test_a_planted_key_is_in_no_row_no_log_no_blob_and_no_file(tmp_path, server, caplog):
    """The engine repeats key and address in its reply, in an error, and in a reply that is no JSON."""
    caplog.set_level(logging.NOTSET)
    told = json.loads(serpapi_page(1).body) | {"search_parameters": {"api_key": KEY, "url": f"https://x.example/?api_key={KEY}"}}
    server.script += [reply(200, told), serpapi_error(400, f"bad {KEY}"), reply(200, f"<html>{KEY}</html>"), serpapi_error(500, KEY)]
    settings = with_seeds(settings_at(tmp_path), n=4)
    run(settings)
    lake = Lake.read(settings.lake)
    rows = [lake.query(f"from bronze.{table}").to_dicts() for table in ("searches", "search_hits", "runs", "seeds")]
    lake.close()
    stored = sorted((tmp_path / "lake" / "blobs").rglob("*"))
    blobs = [blobs_of(settings.lake).get(p.name.removesuffix(".gz")).decode("utf-8", "replace") for p in stored if p.is_file()]
    with sqlite3.connect(tmp_path / "lake" / "search-replies.sqlite") as book:
        noted = book.execute("select * from replies").fetchall()
    book.close()
    files = [path.read_bytes().decode("latin-1") for path in Path(tmp_path).rglob("*") if path.is_file()]
    for secret in (KEY, "key-Never%2BShown%2F42"):
        assert not [where for where in (*map(str, rows), *blobs, str(noted), *files, caplog.text) if secret in where]
    assert any("[secret]" in blob for blob in blobs)
