"""Which pages and images are asked: never asked, may pass and due, or named by --retry."""

import polars as pl
import pytest

from tests.sql.harness import RECORDS
from vwi_lake.rules import Rules
from vwi_lake.scratch import put, scratch

URL = "http://a.example/x"
PAST, FUTURE = "2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"


def fetches(rows, key):
    """Rows of bronze, the first the oldest."""
    defaults = {key: URL, "corpus": ""} | ({"rendered": False} if key == "url" else {})
    stamped = [{"asked_at": f"2026-01-0{n + 1}T00:00:00+00:00"} | defaults | row for n, row in enumerate(rows)]
    frame = pl.DataFrame(stamped, infer_schema_length=None)
    times = [name for name in ("asked_at", "retry_at") if name in frame.columns]
    return frame.with_columns(pl.col(times).str.to_datetime(time_zone="UTC"))


def pending(stage, rows, retried=(), corpus="", has_browser=False):
    """The keys that are asked, and what is known of each."""
    table, key = ("page_fetches", "url") if stage == "fetch_pages" else ("image_fetches", "image_url")
    rules = Rules()
    connection = scratch(rules, RECORDS.values())
    images = pl.DataFrame({"images": [[{"url": URL, "alt": "", "blob_sha": None}]]})
    for name, given in (("silver.urls", pl.DataFrame({"url": [URL]})), ("silver.trees", images)):
        put(connection, name, given)
    if rows:
        put(connection, f"bronze.{table}", fetches(rows, key))
    connection.register("retried", pl.DataFrame({key: list(retried)}, schema={key: pl.String}))
    connection.execute("set variable retrying = $1", [bool(retried)])
    connection.execute("set variable corpus = $1", [corpus])
    connection.execute("set variable has_browser = $1", [has_browser])
    found = connection.execute(rules.pending(stage)).pl().to_dicts()
    connection.close()
    return found


OK = {"status": 200, "body_sha": "b", "sha256": "s", "etag": '"1"', "final_url": URL}


def of(stage, row):
    return {k: v for k, v in row.items() if stage == "fetch_images" or k != "sha256"}


@pytest.mark.parametrize("stage", ["fetch_pages", "fetch_images"])
@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ([], True),
        ([OK], False),
        ([{"error": "timeout"}], False),
        ([{"error": "http_status", "status": 404}], False),
        ([{"error": "host_down"}], True),
        ([{"error": "robots_unreachable"}], True),
        ([{"error": "deferred", "retry_at": PAST}], True),
        ([{"error": "deferred", "retry_at": FUTURE}], False),
        ([{"error": "deferred", "retry_at": PAST}, OK], False),
        ([{"error": "timeout"}, {"error": "host_down"}], True),
        ([{"error": "not_saved", "corpus": "c1"}], True),
        ([{"error": "not_saved", "corpus": ""}], False),
    ],
)
def test_what_is_asked(stage, rows, asked):
    assert [r[(stage == "fetch_pages" and "url") or "image_url"] for r in pending(stage, [of(stage, r) for r in rows])] == [URL] * asked


@pytest.mark.parametrize("stage", ["fetch_pages", "fetch_images"])
@pytest.mark.parametrize(
    ("rows", "retried", "asked"),
    [
        ([{"error": "timeout"}], [URL], True),
        ([{"error": "timeout"}], ["http://b.example/"], False),
        ([], ["http://b.example/"], False),
        ([{"error": "deferred", "retry_at": FUTURE}], [URL], True),
    ],
)
def test_with_retry_just_those_named(stage, rows, retried, asked):
    assert len(pending(stage, rows, retried)) == asked


@pytest.mark.parametrize("stage", ["fetch_pages", "fetch_images"])
def test_what_is_known_of_a_page_goes_along(stage):
    (row,) = pending(stage, [of(stage, OK), {"error": "timeout"}], [URL])
    assert row["known"]["etag"] == '"1"'
    assert row["known"]["body_sha"] == "b"
    (row,) = pending(stage, [of(stage, OK | {"etag": None}), {"error": "timeout"}], [URL])
    assert row["known"] is None


def test_a_page_that_waits_for_a_browser_is_sent_whole():
    served = of("fetch_pages", OK) | {"needs_browser": "empty_body"}
    assert pending("fetch_pages", [served]) == []
    (row,) = pending("fetch_pages", [served], has_browser=True)
    assert row["known"] is None
