"""A folder in which `vwi up` is typed, and a receiver of what automations tell."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.providers.openai_server import OpenAiServer
from tests.test_run import obedient_model


@pytest.fixture
def webhook():
    """A receiver of JSON posts: its address, and what it heard."""
    heard = []

    class Told(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/services/planted-secret", heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def shell(tmp_path, webhook):
    """Run a module of this Python in an empty folder, as a user would type it there."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "OPENAI_"))}

    def type_in(*words, check=True):
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900, check=False)
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    with OpenAiServer(obedient_model) as model:
        environment |= {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "sk-planted-secret", "VWI_WEBHOOK_URL": webhook[0]}
        yield type_in
        type_in("vwi_lake", "down", check=False)
