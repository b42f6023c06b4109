"""The deployment files, against the models of the Prefect that is installed and the flows they name."""

import re
from pathlib import Path

import pytest
import yaml
from prefect.cli.deploy._models import DeploymentConfig, PrefectYamlModel, RawScheduleConfig, WorkPoolConfig
from prefect.events.actions import CallWebhook, PauseDeployment
from prefect.flows import load_flow_from_entrypoint

from flows.limits import names_of
from flows.report import slug
from flows.setup import OURS, automations

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "prefect.yaml", *sorted((ROOT / "deploy").glob("*.yaml"))]
DEPLOYMENTS = [(path.name, d) for path in FILES for d in yaml.safe_load(path.read_text())["deployments"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_what_prefect_reads(path):
    given = yaml.safe_load(path.read_text())
    PrefectYamlModel.model_validate(given)
    known = {field.alias or name for name, field in PrefectYamlModel.model_fields.items()} | {"definitions"}
    assert set(given) <= known, "Prefect ignores what it does not know"
    assert "{{" not in path.read_text(), "what is filled in when it is deployed is read by all who see the server"


@pytest.mark.parametrize(("name", "given"), DEPLOYMENTS, ids=lambda x: x if isinstance(x, str) else x["entrypoint"])
def test_a_deployment_is_one_that_its_flow_takes(name, given, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert set(given) <= set(DeploymentConfig.model_fields)
    assert set(given["work_pool"]) <= set(WorkPoolConfig.model_fields)
    for schedule in given.get("schedules", []):
        assert not RawScheduleConfig.model_validate(schedule).active, "nothing starts by itself before somebody wants it"
    assert OURS["prefect.resource.id"] == f"prefect.tag.{given['tags'][0]}"
    flow = load_flow_from_entrypoint(given["entrypoint"])
    flow.validate_parameters(given["parameters"])
    described = flow.parameters.properties
    assert [p for p in described if not described[p].get("description")] == []


def test_the_image_has_what_the_deployments_name():
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    for path in FILES[1:]:
        (step,) = yaml.safe_load(path.read_text())["pull"]
        assert f"WORKDIR {step['prefect.deployments.steps.set_working_directory']['directory']}\nCOPY . ." in dockerfile
    copied = re.findall(r"constraint (\S+)", dockerfile)
    assert all((ROOT / name).exists() for name in copied)


def test_automations_pause_and_tell():
    for told in (None, CallWebhook(block_document_id="12345678-1234-1234-1234-123456789012", payload="{}")):
        made = automations(told)
        assert len({one.name for one in made}) == len(made) == 4
        assert any(isinstance(a, PauseDeployment) for a in made[0].actions)
        assert (told in made[0].actions) is (told is not None)


@pytest.mark.parametrize(
    ("stage", "asks_model", "is_saved", "names"),
    [
        ("fetch_pages", True, False, ["vwi-fetch_pages"]),
        ("fetch_pages", True, True, []),
        ("draft_answers", True, True, ["vwi-draft_answers", "vwi-llm"]),
        ("draft_answers", False, True, ["vwi-draft_answers"]),
        ("build_trees", True, True, []),
    ],
)
def test_limits_of_a_stage(stage, asks_model, is_saved, names):
    known = {"vwi-fetch_pages", "vwi-draft_answers", "vwi-llm", "unrelated"}
    assert names_of(stage, known, asks_model, is_saved) == names


@pytest.mark.parametrize(("lake", "id"), [("lake-demo", "lake-demo"), ("a b/ü", "a-b"), ("///", "lake")])
def test_a_lake_is_named_in_events(lake, id):
    assert slug(lake) == id
