"""Export a mix of a snapshot and train on it. No rules here; those are in sql/, the recipe and vwi_lake/."""

from pathlib import Path

from prefect import flow

from flows.model_steps import export_data, train_model
from flows.parameters import ALONE, MixName, Name, Positive, Seed, Sharding, described
from vwi_lake.export.mix import Mix
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load
from vwi_lake.train import Wanted


@flow(name="train", flow_run_name="train {recipe} on {mix}")
@described
def train(
    lake: Name = "lake",
    to: Name = "runs/alone",
    mix: MixName = ALONE,
    recipe: Name = "full",
    base: Name | None = None,
    snapshot: Name | None = None,
    seed: Seed | None = None,
    partner: Name | None = None,
    partner_images: Name | None = None,
    processes: Positive = 1,
    sharding: Sharding | None = None,
    config: Name | None = None,
) -> str:
    """Train on a mix, or go on where a run in `to` stopped, as `vwi export --mix` and `vwi train` do. Returns the run's id."""
    go_there()
    settings = load(config, lake__path=lake)
    asked = Mix(mix, seed or 0, "all", Path(partner) if partner else None, Path(partner_images) if partner_images else None)
    data = Path(to) / "data" / f"{mix}.yaml"
    if not (Path(to) / "run.json").exists():  # a run goes on with the data it began with
        export_data(settings, asked, data.parent, snapshot)
    return train_model(settings, Wanted(recipe, data, Path(to), base, seed=seed, sharding=sharding, processes=processes))
