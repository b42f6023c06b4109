"""A lake of the demo's web, built once for all export tests."""

import pytest

from tests.test_run import run
from vwi_lake.lake import Lake
from vwi_lake.settings import LakeSettings, SearchSettings, Settings


def run_all(folder, web):
    """The gold data set of these saved sites, every page of them, in a lake at `folder`."""
    place = LakeSettings(path=str(folder))
    run(Settings(lake=place, web=(web,), search=SearchSettings(provider="all"), processes=1))
    return Lake.read(place)


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    opened = run_all(tmp_path_factory.mktemp("export") / "lake", "demo")
    yield opened
    opened.close()
