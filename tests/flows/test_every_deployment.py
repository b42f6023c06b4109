"""Every deployment of prefect.yaml, run once in its order with the parameters it ships with, as a newcomer would."""

from pathlib import Path

import pytest
import yaml

from vwi_lake.lake import Lake
from vwi_lake.settings import LakeSettings

DEPLOYMENTS = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())["deployments"]


@pytest.fixture
def trains(train_python, monkeypatch):
    """`vwi train` finds the training environment from any folder."""
    monkeypatch.setenv("VWI_TRAIN_PYTHON", str(train_python))


@pytest.mark.slow
@pytest.mark.train
def test_every_deployment_completes(trains, shell, tmp_path):
    shell("vwi_lake", "up")
    for deployment in DEPLOYMENTS:
        flow = deployment["entrypoint"].rpartition(":")[2].replace("_", "-").replace("maintain-lake", "maintain")
        said = shell("prefect", "deployment", "run", f"{flow}/{deployment['name']}", "--watch")
        assert "Completed" in said, f"{flow}: {said}"
    lake = Lake.read(LakeSettings(path=str(tmp_path / "lake-demo")))
    ended = lake.query("select status, count(distinct run_id) as n from bronze.training_runs group by all order by all")
    assert ended.rows() == [("completed", 4), ("started", 4)]  # one of them train-and-evaluate finds
    assert lake.query("from gold.ablations").height == 4
    lake.close()
