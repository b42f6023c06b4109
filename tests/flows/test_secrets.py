"""Fifty secrets planted in keys, addresses and prompts; a real flow under a real Prefect server, whose database is searched for them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.providers.openai_server import OpenAiServer, status
from tests.test_run import obedient_model

KEYS = {f"PLANTED_KEY_{n}": f"sk-planted-{n:02}-aV3ryLongKey" for n in range(17)}
OTHERS = {name: f"planted-{name.lower()}-1" for name in ("SERPAPI_API_KEY", "GOOGLE_API_KEY", "SERPER_API_KEY")}
PATHS = [f"tenant-planted-{n:02}" for n in range(17)]
TOLD = [f"tok-planted-in-prompt-{n:02}" for n in range(13)]  # page text: of the lake, but of no log and no server's database

FLOW = """
import logging
from flows.build_dataset import build_dataset
for until in ("check_qa", None):
    try:
        build_dataset(lake="lake", web=["web"], search="all", config="vwi.toml", until=until)
    except Exception as error:
        print("ended:", type(error).__name__, error)
"""


@pytest.mark.slow
def test_no_secret_is_in_prefects_database_nor_in_any_log(tmp_path):
    site = tmp_path / "web" / "a.example"
    site.mkdir(parents=True)
    problems = [
        f"<h3>Problem {n}</h3><p>What is {n} plus 2? It uses {word}.</p><h4>Solution</h4><p>{n + 2}</p>" for n, word in enumerate(TOLD)
    ]
    (site / "sheet.html").write_text(f"<html><title>Sums</title><body>{''.join(problems)}</body></html>")
    secrets = [*KEYS.values(), *OTHERS.values(), *PATHS]

    def answer(request):
        """What upstream servers do: now and then they fail, and say the key, the address and the prompt."""
        if len(server.requests) % 4 == 1:
            return status(
                500 if len(server.requests) % 8 == 1 else 400,
                message=f"{secrets} {request['messages']}",
                error_code="context_length_exceeded",
            )
        return obedient_model(request)

    with OpenAiServer(answer) as server:
        lists = [
            f'[[llm.endpoints]]\nbase_url = "{server.url.replace("/v1", f"/{path}/v1")}"\nkey_name = "{name}"'
            for path, name in zip(PATHS, KEYS, strict=True)
        ]
        (tmp_path / "vwi.toml").write_text("processes = 1\n[fetch]\nbrowser = false\n" + "\n".join(lists))
        server.listing = lambda key: status(200)
        home = tmp_path / "prefect"
        environment = (
            os.environ
            | KEYS
            | OTHERS
            | {
                "PREFECT_HOME": str(home),
                "PREFECT_LOGGING_LEVEL": "DEBUG",
                "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "240",
                "PYTHONPATH": str(Path.cwd()),
            }
        )
        for name in ("PREFECT_API_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
            environment.pop(name, None)
        done = subprocess.run([sys.executable, "-c", FLOW], cwd=tmp_path, env=environment, capture_output=True, timeout=400, check=False)
        asked = set(server.keys)
    logs = done.stdout + done.stderr
    assert done.returncode == 0, logs.decode()
    assert len(asked) == len(KEYS), "each key was used"
    assert b"ended:" not in logs, logs.decode()
    databases = list(home.rglob("*.db*"))
    assert sum(path.stat().st_size for path in databases) > 100_000
    kept = {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()} | {"logs": logs}
    assert not [(word, name) for word in [*secrets, *TOLD] for name, data in kept.items() if word.encode() in data]
    lake = {path.name: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()}
    assert any(json.dumps(word)[1:-1].encode() in data for word in TOLD for data in lake.values())  # the search would find them
    assert not [(word, name) for word in secrets for name, data in lake.items() if word.encode() in data]
