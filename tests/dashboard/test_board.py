"""The dashboard on lakes that change, that are empty, old or not one's own."""

import shutil
import threading

import pytest

from tests.dashboard.conftest import serving
from tests.test_run import run, settings_at
from vwi_lake.dashboard.board import Board
from vwi_lake.dashboard.panels import PANELS
from vwi_lake.lake import Lake
from vwi_lake.rules import Rules
from vwi_lake.run import records_of_runs


@pytest.fixture
def copied(drafted, tmp_path):
    """A lake of one's own to change."""
    shutil.copytree(drafted.lake.path, tmp_path / "lake")
    return drafted.model_copy(update={"lake": drafted.lake.model_copy(update={"path": str(tmp_path / "lake")})})


@pytest.fixture
def opened():
    boards = []

    def open_board(settings):
        boards.append(Board.open(settings))
        return boards[-1]

    yield open_board
    for board in boards:
        board.close()


def rows(panel):
    return [dict(zip(panel["columns"], row, strict=True)) for row in panel["rows"]]


def waited(board, n):
    """The index follows a rebuild in the background."""
    done = threading.Event()
    for _ in range(200):
        if board.pairs({"rejected_because": "none"})["total"] == n:
            return True
        done.wait(0.1)
    return False


def test_a_lake_without_tables_says_what_to_do(tmp_path, opened):
    settings = settings_at(tmp_path / "lake")
    Lake.open(settings.lake).close()
    board = opened(settings)
    assert all(board.panel(name)["missing"] for name in PANELS if name != "totals")
    assert "vwi run" in board.panel("funnel")["missing"]
    assert board.pairs({}) == {"pairs": [], "total": 0}
    assert board.facets() == {}


def test_a_lake_of_an_older_version_shows_what_it_has(copied, opened):
    lake = Lake.open(copied.lake, Rules())
    lake._write(lambda: lake.connection.execute("drop table gold.costs; alter table verdicts.aligned_answers drop column verdict_why"))
    lake.close()
    board = opened(copied)
    assert board.panel("funnel")["rows"]
    assert board.panel("costs")["missing"]
    pair = board.pairs({})["pairs"][0]
    assert pair["question"]


def test_it_follows_a_rebuild_with_another_rule(copied, tmp_path, opened):
    board = opened(copied)
    before = board.pairs({"rejected_because": "none"})["total"]
    seen = board.pulse()["snapshot"]
    overlay = tmp_path / "sql" / "silver"
    overlay.mkdir(parents=True)
    rule = (
        Rules()
        .files["silver/qa_pairs.sql"]
        .read_text()
        .replace("  case\n    when candidates.broken_by", "  case\n    when true then 'none_wanted'\n    when candidates.broken_by")
    )
    (overlay / "qa_pairs.sql").write_text(rule)
    lake = Lake.open(copied.lake, Rules(tmp_path / "sql"), records_of_runs())
    lake.rebuild()
    lake.close()
    assert before > 0
    assert waited(board, 0)
    assert board.pulse()["snapshot"] > seen
    assert any(row["rejected_because"] == "none_wanted" for row in rows(board.panel("funnel")))


def test_it_is_read_while_a_run_writes(tmp_path):
    """Every answer is whole, whatever the run does meanwhile."""
    import httpx

    settings = settings_at(tmp_path / "lake")
    Lake.open(settings.lake).close()
    writing = threading.Thread(target=run, args=[settings])
    with serving(settings) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        writing.start()
        seen = set()
        while writing.is_alive():
            for path in ("api/pulse", "api/panel/funnel", "api/panel/pace", "api/pairs?limit=5", "api/panel/totals"):
                reply = client.get(path)
                assert reply.status_code == 200, reply.text
            seen.add(client.get("api/pulse").json()["snapshot"])
        writing.join()
        assert len(seen) > 2
        for row in rows(client.get("api/panel/funnel").json()):
            assert row["rows_in"] >= row["kept"]


def test_two_dashboards_share_an_index_and_one_may_not_write_at_all(copied, opened, monkeypatch):
    first, second = opened(copied), opened(copied)
    assert first.pairs({})["total"] == second.pairs({})["total"] > 0
    first.index().has_words.wait(60)
    monkeypatch.setattr("vwi_lake.dashboard.index.FOLDER", "catalog.sqlite")  # a file: no folder can be made there
    third = opened(copied)
    assert third.is_own_folder
    assert third.pairs({})["total"] == first.pairs({})["total"]


def test_a_users_own_chart_is_a_file(copied, tmp_path, opened):
    folder = tmp_path / "mine" / "dashboard"
    folder.mkdir(parents=True)
    (folder / "cues.sql").write_text(
        "-- One row per cue: pairs that it found.\nselect cue, count(*) as pairs from gold.dataset group by cue\n"
    )
    (folder / "broken.sql").write_text("-- One row per nothing.\nselect no_such_column from gold.dataset\n")
    board = opened(copied.model_copy(update={"sql": str(tmp_path / "mine")}))
    assert board.own_panels() == ["broken", "cues"]
    assert rows(board.panel("cues"))
    assert "no_such_column" in board.panel("broken")["missing"]


def test_what_is_forgotten_is_in_no_index(copied, opened):
    from vwi_lake.takedown import CACHES

    board = opened(copied)
    board.index().has_words.wait(60)
    assert board.folder.name in CACHES
    assert list(board.folder.glob("*.duckdb"))
