"""`vwi up`, a deployment run watched to its end, `vwi down`: a real server and worker on loopback."""

import json
import socket
import time
from pathlib import Path

import httpx
import psutil
import pytest

from vwi_lake import local_prefect
from vwi_lake.errors import VwiError
from vwi_lake.local_prefect import go_there
from vwi_lake.processes import began

pytestmark = pytest.mark.slow


def until(sought, patience_s=180):
    """What `sought` gives in the end, once it gives anything."""
    deadline = time.monotonic() + patience_s
    while not (found := sought()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def test_up_run_export_down(shell, webhook, tmp_path):
    (tmp_path / "vwi.toml").write_text("[budget]\ncalls = 5\n[prefect]\nlimits = { build_trees = 1, llm = 2 }\n")
    assert "Prefect is up" in shell("vwi_lake", "up")
    state = json.loads((tmp_path / ".vwi" / "state.json").read_text())
    mine = [psutil.Process(pid) for pid, _ in state["processes"].values()]
    assert len(mine) == 2

    assert "Prefect is up" in shell("vwi_lake", "up")
    assert json.loads((tmp_path / ".vwi" / "state.json").read_text()) == state, "a second `up` started something"

    with httpx.Client(base_url=f"http://127.0.0.1:{state['port']}/api", trust_env=False, timeout=60) as api:
        what_up_has_made(api)
        a_form_that_checks(api)
        a_run_that_reaches_its_budget(api, shell)
        a_failure_that_is_told(api, shell, webhook[1])
        no_secret_is_shown(api, tmp_path)

    assert "Completed" in shell("prefect", "deployment", "run", "export-dataset/local", "--watch")
    pairs = (tmp_path / "export-demo" / "vwi_conversations.jsonl").read_text().splitlines()
    assert len(pairs) > 5

    assert "stopped worker, server" in shell("vwi_lake", "down")
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in mine)
    assert not (tmp_path / "prefect.toml").exists()
    assert "nothing was running here" in shell("vwi_lake", "down")


def post(api, path, **given):
    """A busy server says 503 for a while."""
    reply = until(lambda: None if (reply := api.post(path, json=given)).status_code == 503 else reply.raise_for_status())
    return reply.json()


def what_up_has_made(api):
    """Once each, although it ran twice."""
    limits = {limit["name"]: limit["limit"] for limit in post(api, "/v2/concurrency_limits/filter", limit=200)}
    assert {name: n for name, n in limits.items() if name.startswith("vwi-")} == {"vwi-build_trees": 1, "vwi-llm": 2}
    actions = {a["name"]: [one["type"] for one in a["actions"]] for a in post(api, "/automations/filter")}
    assert len(actions) == 4
    assert actions["vwi: a budget that is reached pauses the schedule"] == ["pause-deployment", "call-webhook"]
    assert actions["vwi: each failure is told"] == ["call-webhook"]
    (schedule,) = deployment(api, "build-dataset")["schedules"]
    assert schedule["slug"] == "nightly" and not schedule["active"]


def deployment(api, flow):
    return api.get(f"/deployments/name/{flow}/local").json()


def a_form_that_checks(api):
    for flow in ("build-dataset", "export-dataset"):
        fields = deployment(api, flow)["parameter_openapi_schema"]["properties"]
        assert [name for name, field in fields.items() if not field.get("description")] == []
    found = deployment(api, "build-dataset")
    assert "fetch_pages" in str(found["parameter_openapi_schema"]["definitions"]["StageName"]["enum"])
    for wrong in ({"only": ["fetch"]}, {"rounds": 0}, {"lake": "  "}, {"lake": "a\nb"}, {"search": "altavista"}):
        with pytest.raises(httpx.HTTPStatusError, match="409|422"):
            post(api, f"/deployments/{found['id']}/create_flow_run", parameters=wrong)


def a_run_that_reaches_its_budget(api, shell):
    assert "Completed" in shell("prefect", "deployment", "run", "build-dataset/local", "--watch")
    assert "silver.qa_pairs" in shell("prefect", "artifact", "inspect", "stage-yields")
    artifacts = {a["key"]: a for a in post(api, "/artifacts/latest/filter", limit=200)}
    assert artifacts["progress-build-trees"]["data"] == 100.0
    assert "22 of 22 rows" in artifacts["progress-build-trees"]["description"]
    costs = json.loads(artifacts["costs"]["data"])
    assert sum(line["calls"] for line in costs) == 5
    assert until(lambda: deployment(api, "build-dataset")["paused"]), "the budget was reached, but the schedule goes on"
    logs = [line["message"] for line in post(api, "/logs/filter", limit=200)]
    assert any("build_trees, batch 1: 22 rows answered" in line for line in logs)


def a_failure_that_is_told(api, shell, heard):
    heard.clear()
    said = shell("prefect", "deployment", "run", "build-dataset/local", "--watch", "-p", "seeds=gone", check=False)
    assert "no seed images at gone" in said or "Failed" in said
    assert until(lambda: heard), "the run failed, but the webhook heard nothing"
    assert heard[0]["event"] == "prefect.flow-run.Failed"


def no_secret_is_shown(api, tmp_path):
    logs = str(post(api, "/logs/filter", limit=200))
    files = "".join(path.read_text(errors="replace") for path in (tmp_path / ".vwi").glob("*.log"))
    blocks = str(post(api, "/block_documents/filter"))
    for told in (logs, files, blocks):
        assert "planted-secret" not in told


def test_a_prefect_toml_of_the_users_own_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    place = local_prefect.Place(4321)
    (tmp_path / "prefect.toml").write_text("[api]\nurl = 'http://mine'\n")
    assert "PREFECT_API_URL=http://127.0.0.1:4321/api" in local_prefect._point_prefect_here(place)
    assert "mine" in (tmp_path / "prefect.toml").read_text()


def test_only_a_process_of_the_same_start_is_ours():
    me = psutil.Process()
    place = local_prefect.Place(1, {"server": (me.pid, began(me) - 100), "worker": (me.pid, began(me))})
    assert place.process("server") is None
    assert place.process("worker") is not None


def test_a_port_that_is_taken_is_refused():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(VwiError, match="is taken: name another with --port"):
            local_prefect._free_port(other.getsockname()[1])


def test_a_flow_goes_to_the_folder_of_vwi_up(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path.parent)
    monkeypatch.setenv("VWI_FOLDER", str(tmp_path))
    go_there()
    assert Path.cwd() == tmp_path
