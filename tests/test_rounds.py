"""Rounds of search on a chain of three pages, each of which shares a picture with the next."""

import pytest

from vwi_lake.demo import SEEDS
from vwi_lake.run import Run
from vwi_lake.settings import LakeSettings, SearchSettings, Settings

CHAIN = {"first": ("lens", "parabola"), "second": ("parabola", "titration"), "third": ("titration", "circuit")}
PAGE = """<html><head><title>Physics {name}</title></head><body><h1>Problems of the {name} sheet</h1>
<h3>Problem 1</h3><p>What does the picture of the {name} sheet show on its left side?</p><img src="{0}.png" width="400">
<h4>Solution</h4><p>It shows the {0} of the {name} sheet, drawn by hand.</p>
<h3>Problem 2</h3><p>How many lines does the second drawing of the {name} sheet have?</p><img src="{1}.png" width="400">
<h4>Solution</h4><p>It has seven lines; count them in the {1}.</p></body></html>"""
GOLD = "select * from gold.dataset order by qa_id"


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """(saved sites, seeds): only the first page shows the seed."""
    root = tmp_path_factory.mktemp("chain")
    for name, shown in CHAIN.items():
        site = root / "web" / f"{name}.example"
        site.mkdir(parents=True)
        (site / "sheet.html").write_text(PAGE.format(*shown, name=name))
        for picture in shown:
            (site / f"{picture}.png").write_bytes((SEEDS / f"{picture}.png").read_bytes())
    (root / "seeds").mkdir()
    (root / "seeds" / "lens.png").write_bytes((SEEDS / "lens.png").read_bytes())
    return root / "web", root / "seeds"


@pytest.fixture(scope="module", autouse=True)
def here():
    """Worker processes take seconds to start, and no page here needs one."""

    async def in_this_process(self, stage, row):
        return stage.compute(row, self.world)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "_compute", in_this_process)
        patch.delenv("OPENAI_API_KEY", raising=False)
        patch.delenv("OPENAI_BASE_URL", raising=False)
        yield


def settings_at(path, chain, rounds, provider=None):
    web, seeds = (str(p) for p in chain)
    search = SearchSettings(rounds=rounds, provider=provider)
    return Settings(lake=LakeSettings(path=str(path)), web=(web,), seeds=seeds, search=search, processes=1)


def run(settings, stop=lambda number, stage: False):
    """A run, stopped before a stage of a round where `stop` says so: rows asked by (round, stage), and what is in gold."""
    with Run(settings) as going:
        for number, stages in going.rounds():
            for stage in stages:
                if stop(number, stage.name):
                    raise Stopped
                for rows in going.pending(stage):
                    going.ask(stage, rows)
        going.finish()
        asked = {(a.round, a.stage): a.rows for a in going.asked}
        return asked, going.lake.query(GOLD), going.round_yields(), going


class Stopped(Exception):  # noqa: N818 - no error
    """In a test, what kill -9 would be."""


@pytest.fixture(scope="module")
def undisturbed(chain, tmp_path_factory):
    path = tmp_path_factory.mktemp("undisturbed") / "lake"
    return path, run(settings_at(path, chain, 2))


def test_each_round_goes_one_page_further(undisturbed):
    _, (asked, gold, by_round, _) = undisturbed
    assert set(gold.select("page_url", "round").iter_rows()) == {
        ("http://first.example/sheet.html", 1),
        ("http://second.example/sheet.html", 2),
    }
    found = by_round.select("round", "offered", "seeds", "searches", "new_urls", "pages", "pairs", "new_domains", "new_images").rows()
    # the second round is offered the seed's own picture again and the next one, and is told what it knows
    assert found == [(1, 1, 1, 1, 1, 1, 2, 1, 2), (2, 2, 1, 1, 1, 1, 2, 1, 1)]
    assert asked[2, "promote_images"] == 2
    assert (1, "promote_images") not in asked
    assert (2, "load_seeds") not in asked


def test_the_same_rounds_again_ask_nothing_and_more_rounds_go_on(undisturbed, chain):
    path, (_, gold, _, _) = undisturbed
    asked, again, _, _ = run(settings_at(path, chain, 2))
    assert set(asked.values()) == {0}
    assert again.equals(gold)
    asked, more, by_round, _ = run(settings_at(path, chain, 3))
    assert {key for key, n in asked.items() if n} >= {(3, "promote_images"), (3, "search_images"), (3, "fetch_pages")}
    assert not any(n for (number, _), n in asked.items() if number < 3)
    assert by_round["pairs"].to_list() == [2, 2, 2]
    assert more.filter(more["round"] < 3).equals(gold)


@pytest.mark.parametrize("stage", ["search_images", "extract_qa"])
def test_stopped_in_the_second_round_the_data_set_is_the_same(stage, undisturbed, chain, tmp_path):
    settings = settings_at(tmp_path / "lake", chain, 2)
    with pytest.raises(Stopped):
        run(settings, stop=lambda number, name: (number, name) == (2, stage))
    asked, gold, _, _ = run(settings)
    assert gold.equals(undisturbed[1][1])
    assert asked[1, "search_images"] == 0  # seeds of the second round wait for it


def test_images_are_offered_once_however_often_it_is_asked(undisturbed):
    _, (_, _, _, going) = undisturbed
    with Run(going.settings) as again:
        [promote] = [s for s in again.stages if s.name == "promote_images"]
        count = "select count(*) as n, count(distinct fingerprint) as images from bronze.seeds where folder = 'mined'"
        before = again.lake.query(count).row(0)
        for again.round in (1, 2, 2):
            assert list(again.pending(promote)) == []
        assert again.lake.query(count).row(0) == before
        assert before[0] == before[1]


def test_all_pages_need_no_second_round(chain, tmp_path):
    _, _, by_round, going = run(settings_at(tmp_path / "lake", chain, 2, provider="all"))
    assert by_round["round"].to_list() == [1]
    assert "leave --rounds out" in {a.stage: a.left_out for a in going.asked}["promote_images"]
