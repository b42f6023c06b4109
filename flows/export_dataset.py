"""Export the data set of one snapshot as files that training code reads."""

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import report
from flows.parameters import ExportForm, MixName, Name, Sample, Seed, described
from vwi_lake.export.formats import export
from vwi_lake.export.mix import Mix
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load


@flow(name="export-dataset", flow_run_name="export-dataset {to}")
@described
def export_dataset(
    lake: Name = "lake",
    to: Name = "export",
    form: ExportForm = "llava",
    at: Name | None = None,
    config: Name | None = None,
    mix: MixName | None = None,
    seed: Seed = 0,
    sample: Sample = "all",
    partner: Name | None = None,
    partner_images: Name | None = None,
) -> int:
    """Write the data set, a mix of it, or what was fetched to a folder; returns how many pairs or captures."""
    go_there()
    files = [Path(name) if name else None for name in (partner, partner_images)]
    wanted = Mix(mix, seed, sample, *files) if mix else form
    with report.without_secrets():
        done = export(load(config, lake__path=lake).lake, wanted, Path(to), at)
    create_markdown_artifact(key="export", markdown=f"{done}, as of {at or 'now'}", description="What was exported")
    return done.pairs
