"""Export the data set of one snapshot as files that training code reads."""

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from vwi_lake.export.formats import export
from vwi_lake.export.mix import Mix
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load


@flow(name="export-dataset", flow_run_name="export-dataset {to}")
def export_dataset(
    lake: str = "lake",
    to: str = "export",
    form: str = "llava",
    at: str | None = None,
    config: str | None = None,
    mix: str | None = None,
    seed: int = 0,
    sample: str = "all",
    partner: str | None = None,
    partner_images: str | None = None,
) -> int:
    """Write the data set (llava, parquet, webdataset, qa), a mix of it, or what was fetched (warc) to a folder; returns how many."""
    go_there()
    files = [Path(name) if name else None for name in (partner, partner_images)]
    wanted = Mix(mix, seed, sample, *files) if mix else form
    done = export(load(config, lake__path=lake).lake, wanted, Path(to), at)
    create_markdown_artifact(key="export", markdown=f"{done}, as of {at or 'now'}", description="What was exported")
    return done.pairs
