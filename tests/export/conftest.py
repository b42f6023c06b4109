"""A lake of the demo's web, built once for all export tests."""

import pytest

from vwi_lake.lake import Lake
from vwi_lake.run import Run, choose
from vwi_lake.settings import LakeSettings, SearchSettings, Settings


def run_all(folder, web):
    """The gold data set of these saved sites, every page of them, in a lake at `folder`."""
    place = LakeSettings(path=str(folder))
    with Run(Settings(lake=place, web=(web,), search=SearchSettings(provider="all"), processes=1), choose()) as going:
        for stage in going.stages:
            for rows in going.pending(stage):
                going.ask(stage, rows)
        going.finish()
    return Lake.read(place)


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    opened = run_all(tmp_path_factory.mktemp("export") / "lake", "demo")
    yield opened
    opened.close()
