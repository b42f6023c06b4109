"""Heavy work runs as a process in an environment of its own (training, lmms-eval, vLLM): what is started, and how it is waited for."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Protocol

from vwi_lake.errors import VwiError, redacted

SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)S?$")
TAIL_LINES = 15
TAIL_BYTES = 16_000


@dataclass(frozen=True)
class Job:
    """A command, its words never seen by a shell. Secrets belong in the environment: commands are logged, environments are not."""

    command: tuple[str, ...]
    log: Path  # standard output and error, appended to what is there
    folder: Path  # where it runs; made where it is missing
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # beside what this process has
    grace_s: float = 30.0  # between the word to end and the kill


class Running(Protocol):
    def wait(self, timeout_s: float | None = None) -> int | None:
        """Its exit status, 128 + n where signal n ended it; None where it still runs after `timeout_s`."""
        ...

    def cancel(self, grace_s: float | None = None) -> int:
        """Ask it and all its children to end (SIGTERM), after the job's grace, or this one, make them; returns the exit status."""
        ...


class Runner(Protocol):
    def start(self, job: Job) -> Running: ...


class JobError(VwiError):
    """The command ended otherwise than with 0; the message holds the end of its log."""

    def __init__(self, job: Job, status: int) -> None:
        self.status = status
        command = Path(job.command[0]).name
        super().__init__(f"{command} {_ended(status)}; its last words:\n{tail(job)}\nAll of them: {job.log}")


def run(runner: Runner, job: Job, tick: Callable[[], None] = lambda: None, every_s: float = 0.5) -> None:
    """Start a job and wait for it, calling `tick` now and then; JobError where it fails. Whatever interrupts the wait cancels the job."""
    running = runner.start(job)
    try:
        while (status := running.wait(every_s)) is None:
            tick()
        tick()
    except BaseException:
        running.cancel()
        raise
    if status != 0:
        raise JobError(job, status)


def tail(job: Job) -> str:
    """The last lines of the log, without the secrets the job was given."""
    try:
        with job.log.open("rb") as file:
            file.seek(max(0, job.log.stat().st_size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return "(no log)"
    # a progress bar overwrites its line: what stood last is what counts
    lines = [line.rstrip().rsplit("\r", 1)[-1] for line in text.split("\n")]
    return redacted(without_secrets("\n".join([line for line in lines if line][-TAIL_LINES:]), job.environment))


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """Text in which the values of variables named as keys, tokens, secrets or passwords are told as ***."""
    for name, value in (*os.environ.items(), *environment.items()):
        if SECRET_NAME.search(name.upper()) and len(value) >= 6:
            text = text.replace(value, "***")
    return text


def _ended(status: int) -> str:
    with suppress(ValueError):
        if status > 128:
            name = Signals(status - 128).name
            return f"was ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return f"failed with exit status {status}"
