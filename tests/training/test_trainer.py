"""Training itself, on a tiny model: what the optimizer is told, that loss falls, that an interrupted run goes on as if it had not been."""

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.conftest import Mixes
from vwi_lake.training.arguments import arguments
from vwi_lake.training.models import part_of, start_from
from vwi_lake.training.prepare import prepare
from vwi_lake.training.recipe import load
from vwi_lake.training.run import main
from vwi_lake.training.trainer import VlmTrainer, newest_checkpoint

ROOT = Path(__file__).parents[2]


def trainer(mixes: Mixes, count: int = 16, name: str = "run", **given: Any) -> VlmTrainer:
    recipe = load("tiny", **given)
    start, folder = start_from(recipe), mixes.folder / name
    return VlmTrainer(start, recipe, prepare(mixes.boxes(count), None, start.encoder, recipe, folder), arguments(recipe, folder), [])


def command(mix: Path, to: Path, *more: str, processes: int = 1) -> list[str]:
    launched = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] if processes > 1 else []
    return [sys.executable, *launched, "-m", "vwi_lake.training.run", "--recipe", "tiny", "--data", str(mix), "--to", str(to), *more]


QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def run(mix: Path, to: Path, *more: str) -> int:
    """In this process: to start another costs more than to train so small a model."""
    handlers = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
    try:
        return main(["--recipe", "tiny", "--data", str(mix), "--to", str(to), *more])
    finally:
        for sign, handler in handlers.items():
            signal.signal(sign, handler)


def run_processes(*words: Any, **more: Any) -> None:
    done = subprocess.run(command(*words, **more), check=False, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def steps(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in steps(folder)]


def test_two_learning_rates_and_the_schedule_are_those_of_the_recipe(mixes: Mixes) -> None:
    """Read from the optimizer, with the full recipe's figures."""
    full = load("full").optimizer
    made = trainer(mixes, **{f"optimizer.{name}": value for name, value in full.model_dump().items()})
    optimizer = made.create_optimizer()
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, weights in made.model.named_parameters():
        assert rates[id(weights)] == (2e-6 if part_of(name) == "vision_tower" else 1e-5), name
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.0}
    schedule = made.create_scheduler(200)
    seen = []
    for _ in range(201):
        seen.append(sorted({group["lr"] for group in optimizer.param_groups}))
        optimizer.step()
        schedule.step()
    warm = 6  # .03 of 200
    for step, (low, high) in ((i, s if len(s) == 2 else (0.0, 0.0)) for i, s in enumerate(seen)):
        share = step / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / (200 - warm)))
        assert high == pytest.approx(1e-5 * share, abs=1e-12) and low == pytest.approx(2e-6 * share, abs=1e-12)


@pytest.mark.parametrize("tuned", [("projector",), ("vision_tower", "language_model")])
def test_what_is_not_tuned_stays_as_it_is(mixes: Mixes, tuned: tuple[str, ...]) -> None:
    made = trainer(mixes, tune=tuned)
    before = {name: weights.clone() for name, weights in made.model.named_parameters()}
    made.train()
    moved = {part_of(name) for name, weights in made.model.named_parameters() if not torch.equal(weights, before[name])}
    assert moved == set(tuned)


def test_adapters_train_and_merge(mixes: Mixes) -> None:
    from vwi_lake.training.run import save_final

    made = trainer(mixes, **{"lora.rank": 4})
    trained = {name for name, weights in made.model.named_parameters() if weights.requires_grad}
    assert {part_of(name) for name in trained} == {"vision_tower", "language_model", "projector"}
    assert all("lora_" in name or "multi_modal_projector" in name for name in trained) and not any("lm_head" in name for name in trained)
    made.train()
    save_final(made, mixes.folder / "run/model")
    again = start_from(load("tiny", base=str(mixes.folder / "run/model")))
    batch = again.encoder([made.train_dataset[0]])
    made.model.eval(), again.model.eval()
    with torch.no_grad():
        assert torch.allclose(made.model(**batch).logits, again.model(**batch).logits, atol=1e-4)


def test_padding_and_tokens_are_told(mixes: Mixes) -> None:
    mix = mixes.write([{"conversations": [{"from": "human", "value": "q" * n}, {"from": "gpt", "value": "a"}]} for n in (10, 110)])
    run(mix, mixes.folder / "run", "--set", "batches.per_device=2")
    (line,) = steps(mixes.folder / "run")
    metrics = json.loads((mixes.folder / "run/report.json").read_text())["metrics"]
    shorter = line["tokens"] // 2 - 50
    assert line["padding_share"] == pytest.approx(100 / (2 * (shorter + 100)))
    assert metrics["padding_share"] == pytest.approx(line["padding_share"], abs=1e-4) and metrics["tokens_seen"] == line["tokens"]


def test_a_killed_run_goes_on_as_if_it_had_not_been(mixes: Mixes) -> None:
    """kill -9 after a checkpoint; two epochs, so that the order of the second one counts too."""
    mix = mixes.boxes(30, texts=10)
    more = ["--set", "batches.epochs=2", "--set", "batches.per_device=2", "--set", "checkpoints.every=6", "--set", "batches.accumulation=2"]
    run(mix, mixes.folder / "whole", *more)
    killed = subprocess.Popen(command(mix, mixes.folder / "cut", *more), env=ENVIRONMENT, **QUIET)
    try:
        for _ in range(6000):
            if newest_checkpoint(mixes.folder / "cut") and len(steps(mixes.folder / "cut")) > 13:
                break
            time.sleep(0.05)
    finally:
        killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    (mixes.folder / "cut/checkpoint-999").mkdir()  # one that a kill left half written
    reached = int(str(newest_checkpoint(mixes.folder / "cut")).rsplit("-", 1)[1])
    assert 6 <= reached < 20
    assert run(mix, mixes.folder / "cut", *more) == 0
    whole, cut = losses(mixes.folder / "whole"), losses(mixes.folder / "cut")
    assert len(whole) == len(cut) == 20
    assert cut == pytest.approx(whole, abs=1e-4)
    assert sum(whole[-5:]) < 0.7 * sum(whole[:5])
    rates = [[line["learning_rate"] for line in steps(mixes.folder / name)] for name in ("whole", "cut")]
    assert rates[0] == rates[1]


def test_adapters_go_on_too(mixes: Mixes) -> None:
    """As if a kill had left the checkpoint of step 4 as the last."""
    mix = mixes.boxes(24)
    more = [
        "--set",
        "lora.rank=4",
        "--set",
        "batches.per_device=3",
        "--set",
        "checkpoints.every=4",
        "--set",
        "optimizer.learning_rate=1e-2",
    ]
    assert run(mix, mixes.folder / "run", *more) == 0
    whole = losses(mixes.folder / "run")
    (mixes.folder / "run/report.json").unlink()
    shutil.rmtree(mixes.folder / "run/checkpoint-8")
    assert run(mix, mixes.folder / "run", *more) == 0
    assert len(whole) == 8 and losses(mixes.folder / "run") == pytest.approx(whole, abs=1e-4)


def test_asked_to_stop_it_leaves_a_checkpoint_and_says_so(mixes: Mixes) -> None:
    mix, folder = mixes.boxes(80), mixes.folder / "run"
    going = subprocess.Popen(command(mix, folder, "--set", "batches.per_device=1"), env=ENVIRONMENT, **QUIET)
    for _ in range(6000):
        if (folder / "steps.jsonl").exists() and len(steps(folder)) > 3:
            break
        time.sleep(0.05)
    going.send_signal(signal.SIGTERM)
    assert going.wait(60) == 143
    told = json.loads((folder / "report.json").read_text())
    assert told["status"] == "cancelled" and told["checkpoint"] == str(newest_checkpoint(folder)) and 3 < told["step"] < 80


def test_two_processes_learn_as_one(mixes: Mixes) -> None:
    mix = mixes.boxes(20, texts=4)
    run(mix, mixes.folder / "one", "--set", "batches.per_device=4")
    run_processes(mix, mixes.folder / "two", "--set", "batches.per_device=2", processes=2)
    one, two = steps(mixes.folder / "one"), steps(mixes.folder / "two")
    assert [line["tokens"] for line in two] == [line["tokens"] for line in one]
    assert losses(mixes.folder / "two") == pytest.approx(losses(mixes.folder / "one"), rel=1e-3)


def test_fsdp2_shards_and_learns_the_same(mixes: Mixes) -> None:
    mix = mixes.boxes(20, texts=4)
    run(mix, mixes.folder / "one", "--set", "batches.per_device=4")
    run_processes(mix, mixes.folder / "two", "--set", "batches.per_device=2", "--sharding", "fsdp2", processes=2)
    assert losses(mixes.folder / "two") == pytest.approx(losses(mixes.folder / "one"), rel=1e-3)
    assert start_from(load("tiny", base=str(mixes.folder / "two/model")))


def test_another_recipe_in_the_same_folder_is_refused(mixes: Mixes, caplog: pytest.LogCaptureFixture) -> None:
    mix = mixes.boxes(8)
    assert run(mix, mixes.folder / "run") == 0
    assert run(mix, mixes.folder / "run", "--set", "optimizer.learning_rate=1e-3") == 2
    assert "another recipe (differs in optimizer)" in caplog.text
