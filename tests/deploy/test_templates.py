"""Work-pool template, manifests and scripts for clusters, against what the installed Prefect says of them; no cluster is asked."""

import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
import yaml

CLUSTERS = Path(__file__).parents[2] / "deploy" / "clusters"


@pytest.fixture(scope="module")
def template():
    return json.loads((CLUSTERS / "kubernetes-gpu.json").read_text())


@pytest.fixture(scope="module")
def shipped():
    """Prefect's own template for Kubernetes, which its server ships."""
    views = Path(find_spec("prefect").submodule_search_locations[0]) / "server" / "api" / "collections_data" / "views"
    found = json.loads((views / "aggregate-worker-metadata.json").read_text())
    return found["prefect-kubernetes"]["kubernetes"]["default_base_job_configuration"]


def placeholders(value):
    return set(re.findall(r"\{\{ *(\w+) *\}\}", json.dumps(value)))


def test_the_server_takes_it(template):
    from prefect.server.schemas.actions import WorkPoolCreate

    assert WorkPoolCreate(name="vwi-gpu", type="kubernetes", base_job_template=template)


def test_every_variable_is_declared_and_used(template):
    assert placeholders(template["job_configuration"]) == template["variables"]["properties"].keys()


def test_it_has_all_that_prefects_own_has(template, shipped):
    assert template["job_configuration"].keys() == shipped["job_configuration"].keys()
    own, ours = (t["job_configuration"]["job_manifest"] for t in (shipped, template))
    assert (ours["apiVersion"], ours["kind"], ours["metadata"]) == (own["apiVersion"], own["kind"], own["metadata"])
    assert ours["spec"]["backoffLimit"] == 0  # a flow that failed is told, not run again behind Prefect's back


def test_the_defaults_are_valid_and_an_image_has_to_be_named(template):
    variables = template["variables"]
    jsonschema.Draft202012Validator.check_schema(variables)
    defaults = {name: said["default"] for name, said in variables["properties"].items() if "default" in said}
    jsonschema.validate(defaults | {"image": "x"}, variables)
    with pytest.raises(jsonschema.ValidationError, match="'image' is a required property"):
        jsonschema.validate(defaults, variables)


def test_the_indexed_job_asks_what_vwi_train_takes():
    service, job = yaml.safe_load_all((CLUSTERS / "kubernetes-train.yaml").read_text())
    spec = job["spec"]
    assert (service["kind"], job["kind"], spec["completionMode"], spec["completions"]) == ("Service", "Job", "Indexed", spec["parallelism"])
    assert f"--nodes {spec['completions']} " in spec["template"]["spec"]["containers"][0]["args"][0]
    options_are_known(spec["template"]["spec"]["containers"][0]["args"][0])


@pytest.mark.parametrize("name", ["slurm-train.sbatch", "slurm-worker.sbatch"])
def test_scripts_parse(name):
    subprocess.run(["bash", "-n", CLUSTERS / name], check=True)
    if "train" in name:
        options_are_known((CLUSTERS / name).read_text().split("exec vwi train")[1].split("'")[0])


def options_are_known(words):
    from vwi_lake.cli_train import app

    known = {option for command in app.registered_commands for option in re.findall(r"--[a-z-]+", help_of(command))}
    asked = set(re.findall(r"--[a-z-]+", words))
    assert asked <= known, asked - known


def help_of(command):
    """Options as typer names them: of the annotations, or after the parameter."""
    import inspect

    names = [f"--{name.replace('_', '-')}" for name in inspect.signature(command.callback).parameters]
    return " ".join(names)
