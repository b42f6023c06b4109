"""Export the data set of one snapshot as files that training code reads."""

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import report
from flows.parameters import ExportForm, MixName, Name, Sample, Seed
from vwi_lake.export.formats import export
from vwi_lake.export.mix import Mix
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load


@flow(name="export-dataset", flow_run_name="export-dataset {to}")
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
    """Write the data set, a mix of it, or what was fetched to a folder; returns how many pairs or captures.

    Args:
        lake: The lake's folder.
        to: Folder to write to.
        form: llava, parquet, webdataset and qa are of pairs, warc of what was fetched.
        at: As of a snapshot: its number or a run's id. Default: now.
        config: Settings file. Default: ./vwi.toml where there is one.
        mix: A mix to train on, in LLaVA's format, instead of all pairs.
        seed: Of what a mix draws.
        sample: Of a mix: all, first:N, end:N or random:N of our pairs; N may be a percentage.
        partner: Of mixed_9_1: the other set, JSON, JSONL, or a list of such in YAML.
        partner_images: Where its images lie. Default: beside its file.
    """
    go_there()
    files = [Path(name) if name else None for name in (partner, partner_images)]
    wanted = Mix(mix.value, seed, sample, *files) if mix else form
    with report.without_secrets():
        done = export(load(config, lake__path=lake).lake, wanted, Path(to), at)
    create_markdown_artifact(key="export", markdown=f"{done}, as of {at or 'now'}", description="What was exported")
    return done.pairs
