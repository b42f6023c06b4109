"""`vwi train`, `vwi try` and `vwi push-model`: what runs in the training environment."""

import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from vwi_lake.cli_console import Config, LakeDir, bars, out, stop_when_told
from vwi_lake.settings import load

app = typer.Typer()


@app.command()
def train(
    data: Annotated[Path, typer.Option(metavar="FILE", help="A mix's YAML (`vwi export --mix`), a JSON, JSONL or Parquet file.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="The run's folder: checkpoints, loss curve, model. A run in it goes on.")],
    recipe: Annotated[str, typer.Option(metavar="NAME|FILE", help="full | lora | tiny, or a TOML or YAML file.")] = "full",
    base: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="A folder or hub name, LANGUAGE_MODEL+VISION_TOWER, or tiny. Default: the recipe's."),
    ] = None,
    images: Annotated[Path | None, typer.Option(metavar="DIR", help="Where its images lie. Default: beside the data.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights that start at random, of the order, of random samples.")] = None,
    sharding: Annotated[str | None, typer.Option(metavar="none|fsdp2|zero3", help="How several GPUs share a model.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another value of the recipe, as in --set batches.per_device=2; may be repeated."),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, metavar="N", help="On this machine, one per GPU.")] = 1,
    nodes: Annotated[int, typer.Option(min=1, metavar="N", help="Machines; run the same command on each.")] = 1,
    node_rank: Annotated[int, typer.Option(min=0, help="Which of them this is.")] = 0,
    rendezvous: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Of the first machine.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would run, how it is sharded and what memory it takes.")
    ] = False,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """Fine-tune LLaVA-OneVision on a mix, in the environment of `make setup-train`. Loss curve and outcome land in the lake.

    Stop it as you like; the same command goes on from its newest checkpoint.

    Examples:

        vwi train --recipe tiny --data mix/alone.yaml --to runs/try                      # minutes, on a CPU

        vwi train --data mix/mixed_9_1.yaml --to runs/full --processes 8 --dry-run

        vwi train --recipe lora --data mix/alone.yaml --to runs/lora --base Qwen/Qwen2.5-7B-Instruct+google/siglip-so400m-patch14-384

        vwi sql "select step, loss from bronze.training_steps order by asked_at, step"
    """
    from vwi_lake.lake import Lake
    from vwi_lake.providers.local_runner import LocalRunner
    from vwi_lake.rules import rules_of
    from vwi_lake.train import RECORDS, STOPPED, Wanted, command, environment
    from vwi_lake.train import train as start

    wanted = Wanted(recipe, data, to, base, images, seed, sharding, tuple(settings or ()), processes, nodes, node_rank, rendezvous)
    if dry_run:
        one = Wanted(recipe, data, to, base, images, seed, sharding, tuple(settings or ()))
        out.print(f"command   {escape(shlex.join(command(wanted)))}", soft_wrap=True)
        shown = ("--dry-run", "--processes", str(processes), "--nodes", str(nodes))
        raise typer.Exit(in_environment((*command(one), *shown), environment()))
    stop_when_told()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))  # as Ctrl-C: the training writes a checkpoint, the lake a row
    configured = load(config, lake__path=lake)
    opened = Lake.open(configured.lake, rules_of(configured), RECORDS)
    try:
        with bars() as progress:
            line = progress.add_task("train", total=None)
            run_id = start(
                opened,
                wanted,
                LocalRunner(),
                lambda step, steps, loss: progress.update(line, completed=step, total=steps, description=f"train  loss {loss:.3f}"),
            )
        show(opened, run_id)
    finally:
        opened.close()


SHOWN = """
select checkpoint, metrics
from bronze.training_runs where run_id = $1 and status = 'completed' order by asked_at desc limit 1
"""


def show(lake: object, run_id: str) -> None:
    import json

    row = lake.query(SHOWN, [run_id]).to_dicts()[0]  # type: ignore[attr-defined]
    told = json.loads(row["metrics"] or "{}")
    data = told.get("data", {})
    out.print(
        f"Training {run_id}: loss {told.get('first_loss', 0):.3f} → {told.get('last_loss', 0):.3f}, {data.get('kept', 0):,} samples "
        f"({sum(data.get('dropped', {}).values()):,} dropped), {told.get('tokens_seen', 0):,} tokens, "
        f"{told.get('tokens_per_second', 0):,} a second, "
        f"{100 * told.get('padding_share', 0):.1f} % padding",
        soft_wrap=True,
    )
    checkpoint = escape(str(row["checkpoint"]))
    out.print(f"Next: vwi try {checkpoint}   ·   vwi evaluate {checkpoint} --held-out", soft_wrap=True)


@app.command("try")
def try_it(
    checkpoint: Annotated[str, typer.Argument(help="A trained model: a folder (`DIR/model`, `DIR/checkpoint-1000`) or a hub name.")],
    port: Annotated[int | None, typer.Option(help="Default: 7860, or the next free one.")] = None,
    share: Annotated[bool, typer.Option("--share", help="Also at a public address of Gradio's, for a day.")] = False,
) -> None:
    """Open a page on this machine: an image, a question, the model's answer.

    Example:

        vwi try runs/try/model
    """
    words = ["--port", str(port)] if port else []
    raise typer.Exit(in_environment(module("demo_page", checkpoint, *words, *(["--share"] if share else []))))


@app.command("push-model")
def push_model(
    checkpoint: Annotated[Path, typer.Argument(help="A trained model's folder.")],
    name: Annotated[str, typer.Argument(help="OWNER/NAME on the hub.")],
    public: Annotated[bool, typer.Option("--public", help="For everybody to see. Default: private.")] = False,
) -> None:
    """Put a trained model and its card on the Hugging Face Hub; the token is read from HF_TOKEN.

    Example:

        HF_TOKEN=… vwi push-model runs/full/model me/my-model
    """
    raise typer.Exit(in_environment(module("hub", str(checkpoint), name, *(["--public"] if public else []))))


def module(name: str, *words: str) -> tuple[str, ...]:
    from vwi_lake.providers.train_python import train_python

    return (str(train_python()), "-m", f"vwi_lake.training.{name}", *words)


def in_environment(command: tuple[str, ...], environment: dict[str, str] | None = None) -> int:
    """Run it in the foreground, its words on this terminal."""
    import os

    from vwi_lake.train import environment as ours

    return subprocess.run(command, env={**os.environ, **(environment or ours())}, check=False).returncode  # noqa: S603 - words, no shell
