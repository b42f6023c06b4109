"""One training, as a process of the training environment: `python -m vwi_lake.training.run --recipe tiny --data MIX.yaml --to DIR`.

Started by `vwi train`, or by torchrun with several processes. The same command goes on from the newest whole checkpoint.
Exit status: 0 completed, 1 failed, 2 bad settings, 143 stopped when asked, with a checkpoint to go on from.
"""

import argparse
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from vwi_lake.errors import VwiError
from vwi_lake.training.recipe import Recipe, load

STOPPED = 143
log = logging.getLogger("vwi_lake.training")


def main(words: list[str] | None = None) -> int:
    asked = parse(words)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        options = {name: getattr(asked, name) for name in ("base", "seed", "sharding") if getattr(asked, name) is not None}
        recipe = load(asked.recipe, **dict(asked.set) | options)
        if asked.dry_run:
            from vwi_lake.training.plan import plan

            print(plan(recipe, asked))  # noqa: T201 - what was asked for
            return 0
        return train(recipe, asked)
    except VwiError as error:
        log.error("vwi: %s", error)
        return 2


def parse(words: list[str] | None = None) -> argparse.Namespace:
    told = argparse.ArgumentParser(prog="python -m vwi_lake.training.run", description=__doc__)
    told.add_argument("--recipe", required=True, help="full, lora, tiny, or a TOML or YAML file")
    told.add_argument("--data", type=Path, required=True, help="a mix's YAML, a JSON, JSONL or Parquet file")
    told.add_argument("--images", type=Path, help="where images lie; default: beside the data")
    told.add_argument("--to", type=Path, required=True, help="the run's folder")
    told.add_argument("--base", help="instead of the recipe's")
    told.add_argument("--seed", type=int)
    told.add_argument("--sharding", choices=["none", "fsdp2", "zero3"])
    told.add_argument("--set", action="append", default=[], type=setting, metavar="NAME=VALUE", help="another value of the recipe")
    told.add_argument("--run-id", default="")
    told.add_argument("--dry-run", action="store_true")
    told.add_argument("--processes", type=int, default=1, help="of a dry run: on each machine")
    told.add_argument("--nodes", type=int, default=1, help="of a dry run: machines")
    return told.parse_args(words)


def setting(text: str) -> tuple[str, Any]:
    """`batches.per_device=2`: values are read as TOML, so words need no quotes but true, numbers and lists are what they look like."""
    import tomllib

    name, mark, value = text.partition("=")
    if not mark:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=VALUE")
    try:
        return name, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name, value


def train(recipe: Recipe, asked: argparse.Namespace) -> int:
    """Train from the start or from the newest checkpoint; the report says how it ended, whatever happens."""
    from vwi_lake.training.arguments import arguments
    from vwi_lake.training.models import start_from
    from vwi_lake.training.prepare import prepare
    from vwi_lake.training.record import StepLog, StopWhenAsked, report
    from vwi_lake.training.trainer import VlmTrainer, newest_checkpoint

    folder: Path = asked.to
    args = arguments(recipe, folder)
    first, claimed = args.process_index == 0, False
    try:
        stop = StopWhenAsked()
        start = start_from(recipe)
        with args.main_process_first(local=False, desc="the samples"):  # the run's folder is one for all machines
            data = prepare(asked.data, asked.images, start.encoder, recipe, folder)
        claim(folder, recipe, asked, first)
        claimed = True
        if finished(folder):
            log.info("%s holds the completed run: nothing to do", folder)
            return 0
        trainer = VlmTrainer(start, recipe, data, args, [StepLog(folder), stop])
        begun, checkpoint = time.monotonic(), newest_checkpoint(folder)
        if checkpoint:
            log.info("going on from %s", checkpoint)
        done = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        told = {"step": trainer.state.global_step, "steps": trainer.state.max_steps}
        if stop.asked:
            newest = newest_checkpoint(folder)
            if first:
                report(folder, "cancelled", checkpoint=newest and str(newest), **told)
            return STOPPED
        save_final(trainer, folder / "model")
        if first:
            metrics = summary(trainer, folder, done.metrics, time.monotonic() - begun)
            report(folder, "completed", checkpoint=str(folder / "model"), metrics=metrics, **told)
    except Exception as error:
        if first and claimed:  # a run that is refused says nothing about the one that was here
            report(folder, "failed", error=f"{type(error).__name__}: {error}")
        if isinstance(error, VwiError):
            raise
        log.exception("the training failed")
        return 1
    return 0


def claim(folder: Path, recipe: Recipe, asked: argparse.Namespace, first: bool) -> None:
    """`run.json` says what is trained here; another recipe in the same folder is refused, since its checkpoints would not fit."""
    place, told = folder / "run.json", json.loads(recipe.model_dump_json())
    if place.exists():
        before = json.loads(place.read_text())
        if before["recipe"] != told:
            changed = sorted(k for k in told if told[k] != before["recipe"].get(k))
            raise VwiError(f"{folder} holds a run of another recipe (differs in {', '.join(changed)}): name another folder with --to")
    elif first:
        (folder / ".run.json").write_text(json.dumps({"run_id": asked.run_id, "data": str(asked.data), "recipe": told}, indent=1))
        (folder / ".run.json").replace(place)


def finished(folder: Path) -> bool:
    place = folder / "report.json"
    return place.exists() and json.loads(place.read_text())["status"] == "completed"


def save_final(trainer: Any, folder: Path) -> None:
    """The trained model, whole: adapters are merged into it, and lie beside it by themselves."""
    if trainer.recipe.lora is None:
        trainer.save_model(str(folder))
        return
    from vwi_lake.training.models import save_encoder

    trainer.save_model(str(folder.with_name("adapter")))
    if trainer.args.should_save:
        trainer.accelerator.unwrap_model(trainer.model).merge_and_unload().save_pretrained(folder)
        save_encoder(trainer.encoder, folder)


def summary(trainer: Any, folder: Path, metrics: dict[str, float], seconds: float) -> dict[str, Any]:
    """What the run used and wasted."""
    prepared = json.loads((folder / "data.json").read_text())
    prepared.pop("made_of")
    lines = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
    tokens = sum(line["tokens"] for line in lines)
    shown = sum(line["tokens"] / (1 - line["padding_share"]) for line in lines if line["padding_share"] < 1)
    return {
        "train_loss": metrics["train_loss"],
        "first_loss": lines[0]["loss"],
        "last_loss": lines[-1]["loss"],
        "tokens_seen": tokens,
        "padding_share": round(1 - tokens / shown, 5) if shown else 0.0,
        "tokens_per_second": round(sum(line["tokens"] for line in lines[-50:]) / max(1e-9, sum(line["seconds"] for line in lines[-50:]))),
        "seconds": round(seconds, 1),
        "taken_twice": trainer.batches.taken_twice(),
        "data": prepared,
    }


if __name__ == "__main__":
    sys.exit(main())
