"""The archive: other tools accept it, and a run over it finds what the first run found."""

from datetime import UTC, datetime

from warcio.archiveiterator import ArchiveIterator

from tests.export.conftest import run_all
from vwi_lake.export import warc
from vwi_lake.export.warc import export_warc
from vwi_lake.lake import Lake
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.settings import LakeSettings
from vwi_lake.stages.build_trees import PageTree
from vwi_lake.stages.fetch_images import ImageFetch
from vwi_lake.stages.fetch_pages import PageFetch

PAIRS = "select question, answer, images from gold.dataset order by all"


def records(folder):
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                record.content_stream().read()
                yield record


def test_a_run_over_the_archive_finds_the_same_pairs(lake, tmp_path):
    done = export_warc(lake, tmp_path / "a")
    again = run_all(tmp_path / "lake", str(tmp_path / "a"))
    assert again.query(PAIRS).equals(lake.query(PAIRS))
    again.close()
    kinds = [record.rec_type for record in records(tmp_path / "a")]
    assert kinds.count("warcinfo") == done.images == 1
    assert len(kinds) - 1 >= done.pairs > 40


def test_the_same_bytes_each_time_and_in_parts(lake, tmp_path, monkeypatch):
    export_warc(lake, tmp_path / "a")
    export_warc(lake, tmp_path / "b")
    one, two = ([p.read_bytes() for p in sorted((tmp_path / name).glob("*.warc.gz"))] for name in "ab")
    assert one == two
    monkeypatch.setattr(warc, "FILE_BYTES", 20_000)
    assert export_warc(lake, tmp_path / "c").images > 3
    urls = [{r.rec_headers["WARC-Target-URI"] for r in records(tmp_path / name) if r.rec_type != "warcinfo"} for name in "ac"]
    assert urls[0] == urls[1]


def test_redirects_errors_rendered_pages_and_opt_outs(tmp_path):
    lake = Lake.open(LakeSettings(path=str(tmp_path / "lake")), records=[PageFetch, PageTree, ImageFetch])
    sha = lake.blobs.put("<p>été</p>".encode("latin-1"))
    page = {"status": 200, "content_type": "text/html", "body_sha": sha, "asked_at": datetime(2026, 1, 2, tzinfo=UTC)}
    lake.append(
        [
            PageFetch(url="http://a/1", final_url="http://a/2", **page | {"charset": "iso-8859-1"}),
            PageFetch(url="http://a/2", final_url="http://a/2", **page | {"charset": "iso-8859-1"}),
            PageFetch(url="http://a/gone", **page | {"status": 404}),
            PageFetch(url="http://a/app", rendered=True, **page),
            PageFetch(url="http://a/no", opt_out="noai", **page),
            PageFetch(url="http://a/no2", **page),
            PageTree(url="http://a/no2", body_sha=sha, version="1", opt_out="noai"),
            PageFetch(url="http://a/down", error="timeout"),
        ]
    )
    done = export_warc(lake, tmp_path / "out")
    lake.close()
    web = SavedWeb([tmp_path / "out"])
    assert done.pairs == 4
    found = web.read("http://a/1")
    assert (found.final_url, found.status, found.charset, found.body) == ("http://a/2", 200, "iso-8859-1", "<p>été</p>".encode("latin-1"))
    assert web.read("http://a/gone").status == 404
    assert web.read("http://a/app").body is not None
    assert {web.read(url).error for url in ("http://a/no", "http://a/no2", "http://a/down")} == {"not_saved"}
