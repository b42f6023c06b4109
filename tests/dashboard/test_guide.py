"""What docs/guides/dashboard.md tells other tools to run, and the charts' SQL, work in a DuckDB that knows nothing of us."""

import re
from pathlib import Path

import duckdb
import pytest
from duckdb_extensions import import_extension

from vwi_lake.dashboard.panels import PANELS
from vwi_lake.rules import Rules

GUIDE = (Path(__file__).parents[2] / "docs/guides/dashboard.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plain(drafted):
    """The guide's lines with this lake's path; extensions come from their wheels, not from the network."""
    lines = re.search(r"<!-- attach: begin -->\n```sql\n(.*?)```", GUIDE, re.DOTALL)[1]
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    for name in ("ducklake", "sqlite_scanner"):
        import_extension(name, con=connection)
    connection.execute(
        re.sub(r"install \w+; ", "", lines)
        .replace("load sqlite", "load sqlite_scanner")
        .replace("L/catalog", f"{drafted.lake.path}/catalog")
    )
    yield connection
    connection.close()


@pytest.mark.parametrize("name", PANELS)
def test_a_chart_is_plain_sql(plain, name):
    assert plain.execute(Rules().texts[f"dashboard/{name}.sql"]).fetchall()
