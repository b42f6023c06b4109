"""Export the data set of one snapshot as files that training code reads."""

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from vwi_lake.export.formats import export
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load


@flow(name="export-dataset", flow_run_name="export-dataset {to}")
def export_dataset(lake: str = "lake", to: str = "export", form: str = "llava", at: str | None = None, config: str | None = None) -> int:
    """Write the data set (llava, parquet, webdataset, qa) or what was fetched (warc) to a folder; returns how many pairs or captures."""
    go_there()
    done = export(load(config, lake__path=lake).lake, form, Path(to), at)
    create_markdown_artifact(key="export", markdown=f"{done}, as of {at or 'now'}", description="What was exported")
    return done.pairs
