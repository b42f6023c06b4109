"""A checkpoint served for as long as its evaluation takes: vLLM, or any command that opens an OpenAI-compatible port."""

import shlex
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from vwi_lake.errors import VwiError
from vwi_lake.evaluation.command import Endpoint
from vwi_lake.providers.runner import Job, JobError, Runner, tail

COMMAND = "vllm serve {checkpoint} --host 127.0.0.1 --port {port} --served-model-name {model}"
START_S = 1800.0  # loading a large checkpoint takes its time


@contextmanager
def served(runner: Runner, command: str, checkpoint: str, folder: Path, start_s: float = START_S) -> Iterator[Endpoint]:
    """Start `command` with {checkpoint}, {port} and {model} filled in, wait until it answers, and stop it whatever happens."""
    endpoint = Endpoint(f"http://127.0.0.1:{(port := _free_port())}/v1", model := "under-test", key_name="")
    # split first: what is filled in stays one word
    words = tuple(word.format(checkpoint=checkpoint, port=port, model=model) for word in shlex.split(command))
    job = Job(words, folder / "serve.log", folder)
    running = runner.start(job)
    try:
        deadline = time.monotonic() + start_s
        while not _answers(endpoint.url):
            if (status := running.wait(0.5)) is not None:
                raise JobError(job, status)
            if time.monotonic() > deadline:
                raise VwiError(f"{words[0]} did not answer within {start_s:.0f} s; its last words:\n{tail(job)}\nAll of them: {job.log}")
        yield endpoint
    finally:
        running.cancel()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/models", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
