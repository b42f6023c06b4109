"""Export the data set of one snapshot as files that training code reads."""

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from vwi_lake.export.llava import export_llava
from vwi_lake.lake import Lake
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load


@flow(name="export-dataset", flow_run_name="export-dataset {to}")
def export_dataset(lake: str = "lake", to: str = "export", at: str | None = None, config: str | None = None) -> int:
    """Write LLaVA conversations, images and the training list to a folder; returns the number of pairs."""
    go_there()
    opened = Lake.read(load(config, lake__path=lake).lake, at)
    try:
        done = export_llava(opened, Path(to))
    finally:
        opened.close()
    told = f"{done.pairs} pairs and {done.images} images in `{done.folder}`, as of {at or 'now'}"
    create_markdown_artifact(key="export", markdown=told, description="What was exported")
    return done.pairs
