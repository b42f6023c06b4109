"""A scripted OpenAI-protocol server on a loopback socket: takes its next behaviour from a queue, else asks a function of the request.

with OpenAiServer(lambda request: "4") as server:
    server.script += [status(429, {"Retry-After": "0"}), text("5"), RESET]
    OpenAiLlm(server.url, "sk-test", 5, 4)
    server.requests   # the JSON bodies it was sent, in order
"""

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Behaviour:
    """One reply; `body` None closes the connection with a reset instead."""

    body: bytes | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    length: int | None = None  # Content-Length that is told, where it is another than the body's: the connection is then reset
    drip_s: float = 0.0  # pause after each byte


RESET = Behaviour(None)
INVALID_JSON = Behaviour(b'{"choices": [{"mess')
NOT_JSON_AT_ALL = Behaviour(b"<html>bad gateway</html>", headers={"Content-Type": "text/html"})


CUT = Behaviour(b'{"choices": [{"mess', length=5000)  # reset in the middle of the body
DRIPPING = Behaviour(b" " * 1000, drip_s=0.3)


def completion(content: str | None, finish_reason: str = "stop", refusal: str | None = None, model: str = "scripted") -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "prompt_tokens_details": {"cached_tokens": 3}}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {"id": "c-1", "object": "chat.completion", "created": 0, "model": model, "choices": [choice], "usage": usage}


def text(content: str | None, finish_reason: str = "stop", after_s: float = 0.0) -> Behaviour:
    return Behaviour(json.dumps(completion(content, finish_reason)).encode(), after_s=after_s)


def refusal(words: str) -> Behaviour:
    return Behaviour(json.dumps(completion(None, refusal=words)).encode())


def no_choices() -> Behaviour:
    return Behaviour(json.dumps(completion("") | {"choices": []}).encode())


def status(code: int, headers: dict[str, str] | None = None, message: str = "scripted", error_code: str | None = None) -> Behaviour:
    body = {"error": {"message": message, "type": "scripted", "code": error_code, "param": None}}
    return Behaviour(json.dumps(body).encode(), code, headers or {})


class OpenAiServer:
    """`answer` gets the request's JSON and returns the reply's text, or a Behaviour."""

    def __init__(self, answer: Callable[[dict[str, Any]], "str | Behaviour"] = lambda request: "ok") -> None:
        self.answer = answer
        self.script: deque[Behaviour] = deque()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.times: list[float] = []
        self.listing: Callable[[str], Behaviour] = lambda key: Behaviour(b'{"object": "list", "data": []}')
        self.other: Callable[[str, str, bytes], Behaviour] = lambda method, path, body: status(404)  # files and batches
        self.most_open = 0
        self._open = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "OpenAiServer":
        handler = type("Handler", (_Handler,), {"site": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def next_behaviour(self, request: dict[str, Any], key: str) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            self.keys.append(key)
            self.times.append(time.monotonic())
            self._open += 1
            self.most_open = max(self.most_open, self._open)
            scripted = self.script.popleft() if self.script else None
        said = scripted or self.answer(request)
        return said if isinstance(said, Behaviour) else text(said)

    def done(self) -> None:
        with self._lock:
            self._open -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may hold its connection open

    def handle_error(self, request: object, client_address: object) -> None:
        """The client went away, as tests have it do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    site: OpenAiServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.path.endswith("/chat/completions"):
            self._say(self.site.other(self.command, self.path, body))
            return
        behaviour = self.site.next_behaviour(json.loads(body), self.headers.get("Authorization", ""))
        time.sleep(behaviour.after_s)
        self.site.done()
        if behaviour.body is None:
            self._reset()
            return
        self.send_response(behaviour.status)
        for name, value in ({"Content-Type": "application/json"} | behaviour.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(behaviour.length or len(behaviour.body)))
        self.end_headers()
        self._write(behaviour)

    def do_GET(self) -> None:
        """The list of models, where the server has one."""
        if self.path.endswith("/models"):
            self._say(self.site.listing(self.headers.get("Authorization", "")))
        else:
            self._say(self.site.other(self.command, self.path, b""))

    def _say(self, behaviour: Behaviour) -> None:
        self.send_response(behaviour.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(behaviour.body or b"")))
        self.end_headers()
        self.wfile.write(behaviour.body or b"")

    def _write(self, behaviour: Behaviour) -> None:
        assert behaviour.body is not None
        if not behaviour.drip_s:
            self.wfile.write(behaviour.body)
        for at in range(len(behaviour.body) if behaviour.drip_s else 0):
            self.wfile.write(behaviour.body[at : at + 1])
            time.sleep(behaviour.drip_s)
        if behaviour.length:
            self.wfile.flush()
            self._reset()

    def _reset(self) -> None:
        """Closing with linger 0 sends RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
