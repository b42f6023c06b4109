"""What a training leaves in its folder for others to read: `steps.jsonl`, a line per step, and `report.json`, how it ended."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

STEPS, REPORT = "steps.jsonl", "report.json"
STEP_COLUMNS = ("loss", "learning_rate", "grad_norm", "tokens", "padding_share")


class StepLog(TrainerCallback):
    """A line per step as it is done; what an interrupted run had written beyond its checkpoint goes when it goes on."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / STEPS

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if state.is_world_process_zero:
            kept = [line for line in _lines(self.path) if line["step"] <= state.global_step]
            part = self.path.with_suffix(".part")
            part.write_text("".join(json.dumps(line) + "\n" for line in kept))
            part.replace(self.path)
        self.since = time.monotonic()

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        if state.is_world_process_zero and logs and "loss" in logs:
            now = time.monotonic()
            line = {"step": state.global_step, "of": state.max_steps, "epoch": state.epoch, "seconds": round(now - self.since, 3)}
            line |= {name: logs.get(name) for name in STEP_COLUMNS}
            with self.path.open("a") as lines:
                lines.write(json.dumps(line) + "\n")
            self.since = now


def _lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines only: a kill may have cut the last one."""
    found = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


class StopWhenAsked(TrainerCallback):
    """On SIGTERM or Ctrl-C the step under way is finished and a checkpoint written; all processes stop at the same step."""

    def __init__(self) -> None:
        self.asked = False
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, self._ask)

    def _ask(self, *_: Any) -> None:
        self.asked = True

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if args.world_size > 1:
            told = torch.tensor(int(self.asked), device=args.device)
            torch.distributed.all_reduce(told, torch.distributed.ReduceOp.MAX)
            self.asked = bool(told)
        if self.asked:
            control.should_save = control.should_training_stop = True


def report(folder: Path, status: str, **what: Any) -> None:
    """How the run ended, whole or not at all."""
    part = folder / f".{REPORT}.part"
    part.write_text(json.dumps({"status": status, **what}, indent=1, default=str) + "\n")
    part.replace(folder / REPORT)
