"""What the dashboard's server answers, over a real socket, and what it refuses."""

import re
import time

import pytest

from vwi_lake.dashboard.panels import PANELS
from vwi_lake.lake import Lake
from vwi_lake.qa.quotes import letters


def objects(panel):
    return [dict(zip(panel["columns"], row, strict=True)) for row in panel["rows"]]


@pytest.fixture(scope="module")
def lake(drafted):
    opened = Lake.read(drafted.lake)
    yield opened
    opened.close()


def test_the_funnel_is_gold_stage_yields(client, lake):
    funnel = objects(client.get("api/panel/funnel").json())
    assert funnel == lake.yields().to_dicts()


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_has_rows(client, name):
    panel = client.get(f"api/panel/{name}").json()
    assert panel["rows"]
    assert panel["missing"] is None
    assert panel["caption"].startswith("One row")


def test_rejected_rows_are_those_of_the_reason(client, lake):
    for row in [r for r in lake.yields().to_dicts() if r["rejected_because"]]:
        table = row["table_name"].removeprefix("silver.")
        told = client.get(f"api/rejected/{table}", params={"reason": row["rejected_because"]}).json()
        assert len(told["rows"]) == row["rows"]
        assert {r[told["columns"].index("rejected_because")] for r in told["rows"]} == {row["rejected_because"]}


def test_pairs_come_page_by_page_each_once(client, lake):
    everything = lake.query("select distinct qa_id from verdicts.qa_candidates")["qa_id"].to_list()
    seen, after = [], 0
    while found := client.get("api/pairs", params={"after": after, "limit": 20}).json()["pairs"]:
        seen += [pair["qa_id"] for pair in found]
        after = found[-1]["place"]
    assert seen == sorted(everything)


@pytest.mark.parametrize(
    ("filters", "condition"),
    [
        ({"rejected_because": "none"}, "true"),
        ({"rejected_because": "none", "is_visual": "true"}, "is_visual"),
        ({"rejected_because": "none", "subject": "Physics"}, "subject = 'Physics'"),
        ({"rejected_because": "none", "answer_source": "synthesized"}, "answer_source = 'synthesized'"),
        ({"rejected_because": "none", "agreement": "3/4"}, "n_agreeing = 3"),
        ({"rejected_because": "none", "domain": "schola.example"}, "domain = 'schola.example'"),
    ],
)
def test_a_filter_finds_what_the_data_set_holds(client, lake, filters, condition):
    found = client.get("api/pairs", params={**filters, "limit": 500}).json()
    expected = lake.query(f"select qa_id from gold.dataset where {condition} order by qa_id")["qa_id"].to_list()
    assert [pair["qa_id"] for pair in found["pairs"]] == expected
    assert found["total"] == len(expected) > 0


def search(client, text):
    """Words are read after the pairs: until then no total is told."""
    while (found := client.get("api/pairs", params={"q": text}).json())["total"] is None:
        time.sleep(0.1)
    return found


@pytest.mark.parametrize(
    ("text", "holds"), [("galvanometer", "galvanometer"), ("Galvanom", "galvanometer"), ("坐标", "坐标"), ("nullstéllen", "nullstellen")]
)
def test_search_finds_words_their_beginnings_and_letters_of_scripts_without_spaces(client, text, holds):
    found = search(client, text)["pairs"]
    assert found
    for pair in found:
        told = client.get(f"api/pair/{pair['qa_id']}").json()["pair"]
        assert holds in f"{told['question']} {told['solution']} {told['answer']}".lower()


def test_a_search_for_what_is_not_there_finds_nothing(client):
    assert search(client, "zeppelin ' or 1=1 --") == {"pairs": [], "total": 0}


def test_every_kept_pair_opens_with_images_page_and_trace(client, lake):
    for qa_id, n_images in lake.query("select qa_id, len(images) from gold.dataset order by qa_id limit 12").iter_rows():
        told = client.get(f"api/pair/{qa_id}").json()
        assert told["pair"]["is_kept"]
        assert len([i for i in told["images"] if i["part"] == "question" and i["is_relevant"]]) == n_images
        assert told["hits"]
        assert told["page"]["status"] == 200
        assert {"check_qa", "draft_answers"} <= {call["stage"] for call in told["calls"]}
        assert [d["sample"] for d in told["drafts"]] == [0, 1, 2, 3]
        assert sum(d["agreeing_group"] == 1 for d in told["drafts"]) == told["pair"]["n_agreeing"]
        for image in told["images"]:
            got = client.get(f"image/{image['sha256']}")
            assert got.headers["content-type"] in ("image/png", "image/jpeg")
        source = client.get(f"api/source/{qa_id}").json()
        assert source["missing"] is None


def test_the_marked_span_holds_the_question(client, lake):
    for (qa_id,) in lake.query("select qa_id from gold.dataset order by qa_id limit 20").iter_rows():
        source, pair = client.get(f"api/source/{qa_id}").json(), client.get(f"api/pair/{qa_id}").json()["pair"]
        assert source["is_located"]
        assert letters(pair["question"])[:20] in letters("".join(text for kind, text in source["parts"] if kind == "pair"))


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "lake.localhost.evil.example:80"])
def test_another_sites_name_that_leads_here_gets_nothing(client, host):
    assert client.get("api/pulse", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "image/../../../../etc/passwd",
        "image/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "image/" + "0" * 64,
        "image/" + "a" * 63,
        "static/../server.py",
        "static/%2e%2e/server.py",
        "api/rejected/qa_pairs%3B%20drop%20table",
        "api/rejected/runs?reason=x",
        "api/panel/pair",
        "api/panel/..%2fgold%2fcosts",
        "api/pair/' or 1=1 --",
        "docs",
        "openapi.json",
    ],
)
def test_what_is_not_ours_to_show_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_pages_and_trees_are_no_images(client, lake):
    for sha in lake.query("select body_sha from bronze.page_fetches union all select tree_sha from bronze.page_trees")["body_sha"]:
        assert client.get(f"image/{sha}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_only_reads(client, method):
    assert client.request(method, "api/pulse").status_code == 405


@pytest.mark.parametrize("path", ["", "api/pulse", "api/panel/funnel", "static/app.js", "image/x", "nothing"])
def test_every_answer_says_that_it_runs_no_script_of_others(client, path):
    policy = client.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert client.get(path).headers["x-content-type-options"] == "nosniff"


def test_each_page_has_its_own_nonce(client):
    nonces = {re.search(r"'nonce-([^']+)'", client.get("").headers["content-security-policy"])[1] for _ in range(3)}
    assert len(nonces) == 3
