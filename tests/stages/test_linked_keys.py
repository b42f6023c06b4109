"""Answers on another page of the site find their questions by number and section, or are left where they are, with a reason."""

# ruff: noqa: E501 - pages stand as their servers send them

from contextlib import closing
from pathlib import Path

import pytest

from tests.test_run import run
from vwi_lake.lake import Lake
from vwi_lake.settings import FetchSettings, LakeSettings, SearchSettings, Settings
from vwi_lake.web.trees import build_tree

SHEET = """<title>Exercise sheet 3 | Mechanics</title><h1>Exercise sheet 3</h1><p>Due on Friday. <a href="answers3.html">Answers</a></p>
<ol><li>How far does the cart roll in four seconds?</li><li>What force holds the crate of 5 kg?</li><li>Draw the path of the ball.</li></ol>"""
KEY = """<title>Answers to exercise sheet 3 | Mechanics</title><h1>Answers to exercise sheet 3</h1><ol><li>It rolls eight metres.</li>
<li>A force of 49 newtons.</li><li>A parabola: <img src="path.png" alt="path of the ball" width="300" height="200"></li></ol>"""
BLATT = """<title>Übungsblatt 2</title><h1>Übungsblatt 2</h1><h2>Teil A: Wärme</h2><p><b>Aufgabe 1:</b> Wie warm wird das Wasser nach einer Stunde?</p>
<p><b>Aufgabe 2:</b> Berechnen Sie den Wirkungsgrad des Motors.</p><h2>Teil B: Optik</h2><p><b>Aufgabe 1:</b> Wo entsteht das Bild der Kerze?</p>
<p><b>Aufgabe 2:</b> Wie groß ist die Brennweite der Linse?</p>"""
LOESUNG = """<title>Lösungsblatt 2</title><h1>Lösungsblatt 2</h1><p><a href="./">Zurück zum Übungsblatt</a></p><h2>Teil A</h2>
<p><b>Aufgabe 1:</b> Es wird 40 Grad warm.</p><p><b>Aufgabe 2:</b> Er beträgt ein Drittel.</p><h2>Teil B</h2>
<p><b>Aufgabe 1:</b> Hinter dem Spiegel.</p><p><b>Aufgabe 2:</b> Sie ist 20 cm lang.</p>"""
SHOUJUAN = """<title>第三章 习题</title><h1>第三章 习题</h1><h2>一、选择题</h2><p>1. 下列哪一个是质数？</p><p>2. 光的速度约为多少？</p>
<h2>二、计算题</h2><p>1. 求三角形的面积。</p><p>2. 求圆的周长。</p><p><a href="da.html">查看参考答案</a></p>"""
DAAN = """<title>第三章 习题答案</title><h1>第三章 习题答案</h1><h2>一、选择题</h2><p>1. 是十七。</p><p>2. 每秒三十万千米。</p>
<h2>二、计算题</h2><p>1. 等于六平方米。</p><p>2. 等于十二米。</p>"""
ASKED = ["How far does the cart roll", "What force holds", "Draw the path"]


def extracted(folder: Path, pages: dict[str, str], *tables: str) -> list[list[dict]]:
    """What a run over pages by host and path leaves in tables; a picture for each that they show."""
    for path, page in pages.items():
        file = folder / "web" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'<!doctype html><html><meta charset="utf-8">{page}', encoding="utf-8")
    settings = Settings(
        lake=LakeSettings(path=str(folder / "lake")),
        web=(str(folder / "web"),),
        search=SearchSettings(provider="all"),
        fetch=FetchSettings(browser=False),
        processes=1,
    )
    run(settings, until="extract_qa")
    with closing(Lake.read(settings.lake)) as lake:
        return [lake.query(f"from {table}").to_dicts() for table in tables]


SITES = {
    "a.example/sheet3.html": SHEET,
    "a.example/answers3.html": KEY,
    "b.example/index.html": BLATT,
    "b.example/l2.html": LOESUNG,
    "c.example/zh/3.html": SHOUJUAN,
    "c.example/zh/da.html": DAAN,
}
JOINED = {
    "How far does the cart roll in four seconds?": "It rolls eight metres.",
    "What force holds the crate of 5 kg?": "A force of 49 newtons.",
    "Draw the path of the ball.": "A parabola:",
    "Wie warm wird das Wasser nach einer Stunde?": "Es wird 40 Grad warm.",
    "Berechnen Sie den Wirkungsgrad des Motors.": "Er beträgt ein Drittel.",
    "Wo entsteht das Bild der Kerze?": "Hinter dem Spiegel.",
    "Wie groß ist die Brennweite der Linse?": "Sie ist 20 cm lang.",
    "下列哪一个是质数？": "是十七。",
    "光的速度约为多少？": "每秒三十万千米。",
    "求三角形的面积。": "等于六平方米。",
    "求圆的周长。": "等于十二米。",
}


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    return extracted(tmp_path_factory.mktemp("joined"), SITES, "verdicts.qa_candidates")[0]


def test_a_sheet_is_answered_by_its_key(joined: list[dict]) -> None:
    told = {row["question"]: row["solution"] for row in joined}
    assert {q: [other for other in JOINED.values() if other in told[found]] for q in JOINED for found in told if q in found} == {
        q: [solution] for q, solution in JOINED.items()
    }


def test_what_a_key_tells_is_no_question(joined: list[dict]) -> None:
    assert len(joined) == len(JOINED)


def test_a_joined_solution_says_where_it_is_from(joined: list[dict]) -> None:
    (row,) = (row for row in joined if "Draw" in row["question"])
    page = next(page for path, page in SITES.items() if row["solution_url"].endswith(path))
    nodes = build_tree(page, row["solution_url"]).nodes[row["solution_first_node"] : row["solution_last_node"]]
    assert (row["solution_cue"], row["number"], row["solution_on_page"]) == ("linked_key", "3", 1.0)
    assert row["page_url"].endswith("sheet3.html")
    assert "A parabola:" in "".join(node.text for node in nodes)
    assert row["solution_images"] == [row["solution_url"].replace("answers3.html", "path.png")]
    assert row["question_images"] == []
