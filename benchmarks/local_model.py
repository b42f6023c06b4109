"""A small real model over the OpenAI protocol on loopback, for opt-in tests and benchmarks.

VWI_LOCAL_MODEL names a GGUF file; VWI_LOCAL_PYTHON an interpreter whose environment holds xllamacpp, where this one's does not:

    python -m venv models-env && models-env/bin/pip install xllamacpp
    VWI_LOCAL_MODEL=model.gguf VWI_LOCAL_PYTHON=models-env/bin/python python benchmarks/local_model.py    # serves until Ctrl-C
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODEL = "VWI_LOCAL_MODEL"
CONTEXT = 8192  # tokens of one request, prompt and reply


def is_there() -> bool:
    return Path(os.environ.get(MODEL, "")).is_file()


@contextmanager
def serving(context: int = CONTEXT, at_once: int = 1) -> Iterator[str]:
    """The base URL (…/v1) of a server in a process of its own, which ends with the block or with its starter."""
    python = os.environ.get("VWI_LOCAL_PYTHON", sys.executable)
    command = [python, __file__, os.environ[MODEL], str(context), str(at_once)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout
        address = next((line.split()[1] for line in server.stdout if line.startswith("serving ")), None)
        if address is None:
            raise SystemExit(f"the server of {os.environ[MODEL]} did not start (does {python} have xllamacpp?)")
        try:
            yield f"{address}/v1"
        finally:
            server.kill()


def serve(model: str, context: int, at_once: int) -> None:
    """Until standard input ends; other lines than the address are the library's own."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = context * at_once
    params.n_parallel = at_once
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.verbosity = 0
    params.cpuparams.n_threads = 1  # two that wait for each other spin: on busy cores twenty times as slow
    params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    print(f"serving {server.listening_address}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        with serving() as base_url:
            print(base_url, flush=True)
            while True:
                time.sleep(3600)
