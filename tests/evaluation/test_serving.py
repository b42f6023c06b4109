"""A served checkpoint: any command that opens an OpenAI-compatible port, started, waited for and stopped."""

import sys

import httpx
import pytest

from vwi_lake.errors import VwiError
from vwi_lake.evaluation.serving import served
from vwi_lake.providers.local_runner import LocalRunner

# what `vllm serve` does, as far as anybody here can see: it takes its time, lists its model, answers
SERVER = """
import json, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
checkpoint, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
print("loading", checkpoint, flush=True)
time.sleep(0.5)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"data": [{"id": name, "root": checkpoint}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def command(tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    return f"{sys.executable} {tmp_path / 'server.py'} {{checkpoint}} {{port}} {{model}}"


def test_it_is_there_meanwhile_and_gone_afterwards(tmp_path, command):
    odd = "a checkpoint; touch x"  # stays one word
    with served(LocalRunner(), command, odd, tmp_path / "work") as endpoint:
        listed = httpx.get(f"{endpoint.url}/models").json()["data"]
        assert listed == [{"id": endpoint.model, "root": odd}]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{endpoint.url}/models")


def test_it_is_stopped_when_the_evaluation_fails(tmp_path, command):
    with pytest.raises(ZeroDivisionError), served(LocalRunner(), command, "c", tmp_path / "work") as endpoint:
        raise ZeroDivisionError
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{endpoint.url}/models")


@pytest.mark.parametrize(
    ("code", "start_s", "words"),
    [
        ("import sys; print('no such model'); sys.exit(4)", 60, "exit status 4; its last words:\nno such model"),
        ("import time; time.sleep(60)", 0.2, "did not answer within 0 s; its last words:"),
    ],
)
def test_a_server_that_dies_or_stays_silent_is_told(tmp_path, code, start_s, words):
    with pytest.raises(VwiError, match=words), served(LocalRunner(), f'{sys.executable} -c "{code}"', "c", tmp_path, start_s=start_s):
        pass


def test_a_server_that_is_not_installed_is_told(tmp_path):
    with pytest.raises(VwiError, match="cannot run no-such-program"), served(LocalRunner(), "no-such-program {checkpoint}", "c", tmp_path):
        pass
