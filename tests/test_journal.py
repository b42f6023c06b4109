"""Answers on disk before they are in the lake: written, handed over, read back by the next run."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from vwi_lake.journal import Journal
from vwi_lake.stages.build_trees import PageTree, TreeImage
from vwi_lake.stages.fetch_pages import PageFetch

KINDS = {"page_fetches": PageFetch, "page_trees": PageTree}
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
FETCH = PageFetch(url="http://a.example/", via=["http://b.example/"], size_bytes=7, retry_at=NOW, run_id="r", asked_at=NOW)
TREE = PageTree(url="http://a.example/", body_sha="x", version="1", images=[TreeImage("i", "\ud800 alt", None)], asked_at=NOW)


OTHER = """
import sys
from pathlib import Path
from vwi_lake.journal import Journal
print(len(list(Journal.left_over(Path(sys.argv[1]), {}))))
"""


def left(folder):
    return [records for _, records in Journal.left_over(folder, KINDS)]


def closed(journal):
    """As if its process had ended."""
    os.close(journal.handle)


def test_records_come_back_as_they_were(tmp_path):
    journal = Journal(tmp_path, "r")
    journal.write([FETCH, TREE])
    journal.write([FETCH])
    closed(journal)
    (records,) = left(tmp_path)
    assert records[0] == records[2] == FETCH
    assert records[1].images == [{"url": "i", "alt": "\ufffd alt", "blob_sha": None}]
    assert records[1].asked_at == NOW


def test_a_line_that_was_cut_off_is_left_out(tmp_path):
    journal = Journal(tmp_path, "r")
    journal.write([FETCH])
    journal.write([TREE])
    closed(journal)
    journal.path.write_bytes(journal.path.read_bytes()[:-20])
    assert left(tmp_path) == [[FETCH]]


def test_columns_and_tables_of_another_version_are_left_out(tmp_path):
    (tmp_path / "r-0.jsonl").write_text('[["page_fetches",{"url":"u","gone":1}],["gone",{"x":1}]]\n')
    assert left(tmp_path) == [[PageFetch(url="u")]]


def test_what_was_handed_over_and_dropped_is_gone(tmp_path):
    journal = Journal(tmp_path, "r")
    journal.write([FETCH])
    ended = journal.cut()
    journal.write([TREE])
    Journal.drop(ended)
    closed(journal)
    ((record,),) = left(tmp_path)
    assert isinstance(record, PageTree)
    assert journal.cut() is not None
    assert Journal(tmp_path, "s").cut() is None


def test_a_living_process_keeps_its_file(tmp_path):
    pytest.importorskip("fcntl")
    Journal(tmp_path, "r").write([FETCH])  # this process holds the lock
    found = subprocess.run([sys.executable, "-c", OTHER, str(tmp_path)], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "0"
