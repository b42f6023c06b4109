"""A loopback server that speaks as the search engines document it: takes its next reply from a queue, else from a function.

with SearchServer(serpapi_page(1)) as server:
    server.script += [reply(429, {"error": "…"}, {"Retry-After": "0"}), serpapi_page(1, token="t")]
    server.requests   # what it was sent, in order
"""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    body: bytes | None  # None: the connection is closed without an answer
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # lower-case names
    body: Any


def reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(json.dumps(body).encode(), status, headers or {})


HANG = Reply(b"{}", after_s=1.5)
CLOSE = Reply(None)
CUT_OFF = Reply(b'{"visual_matches": [{"position": 1, "li')
HTML = Reply(b"<html>bad gateway</html>")
NOT_AN_OBJECT = Reply(b"[1, 2]")
HALF_A_CHARACTER = Reply(b'{"visual_matches": [], "organic": [], "responses": [{}], "title": "\\ud800"}')


def match(number: int) -> dict[str, Any]:
    """One result of Google Lens, as SerpApi has it."""
    return {
        "position": number,
        "title": f"Page {number}",
        "link": f"https://site{number}.example/page",
        "source": f"Site {number}",
        "thumbnail": f"https://thumbs.example/{number}",
        "image": f"https://site{number}.example/{number}.png",
    }


def serpapi_page(first: int, n: int = 2, token: str | None = None, kind: str = "visual_matches") -> Reply:
    body: dict[str, Any] = {"search_metadata": {"id": "65", "status": "Success"}, kind: [match(i) for i in range(first, first + n)]}
    if token:
        body["serpapi_pagination"] = {"current": 1, "next": f"https://serpapi.com/search.json?page_token={token}", "next_page_token": token}
    return reply(200, body)


def serpapi_failed() -> Reply:
    return reply(200, {"search_metadata": {"id": "65", "status": "Error"}, "error": "We couldn't get valid results for this search."})


def serpapi_empty() -> Reply:
    said = "Google Lens hasn't returned any results for this query."
    return reply(200, {"search_metadata": {"id": "65", "status": "Success"}, "error": said})


def serpapi_error(status: int, said: str, headers: dict[str, str] | None = None) -> Reply:
    return reply(status, {"error": said}, headers)


def vision_page(n: int = 2) -> Reply:
    pages = [
        {"url": f"https://part{i}.example/", "pageTitle": "P", "partialMatchingImages": [{"url": f"https://part{i}.example/i.png"}]}
        for i in range(n)
    ]
    whole = {"url": "https://whole.example/", "pageTitle": "W", "fullMatchingImages": [{"url": "https://whole.example/i.png"}]}
    detected = {
        "webEntities": [{"entityId": "/m/1", "score": 0.4, "description": "Triangle"}],
        "pagesWithMatchingImages": [*pages, whole],
        "visuallySimilarImages": [{"url": "https://similar.example/i.png"}],
        "bestGuessLabels": [{"label": "triangle", "languageCode": "en"}],
    }
    return reply(200, {"responses": [{"webDetection": detected}]})


def vision_empty() -> Reply:
    return reply(200, {"responses": [{}]})


def vision_image_error(code: int, said: str) -> Reply:
    return reply(200, {"responses": [{"error": {"code": code, "message": said}}]})


def vision_error(status: int, said: str, name: str, headers: dict[str, str] | None = None) -> Reply:
    return reply(status, {"error": {"code": status, "message": said, "status": name}}, headers)


def serper_page(first: int = 1, n: int = 2) -> Reply:
    organic = [
        {"title": m["title"], "source": m["source"], "link": m["link"], "imageUrl": m["image"], "thumbnailUrl": m["thumbnail"]}
        for m in map(match, range(first, first + n))
    ]
    return reply(200, {"searchParameters": {"type": "lens", "engine": "google"}, "organic": organic, "credits": 3})


def serper_error(status: int, said: str, headers: dict[str, str] | None = None) -> Reply:
    return reply(status, {"message": said, "statusCode": status}, headers)


class SearchServer:
    """`usual` is the reply when the script has run out."""

    def __init__(self, usual: Reply) -> None:
        self.usual = usual
        self.script: deque[Reply] = deque()
        self.requests: list[Request] = []
        self.times: list[float] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "SearchServer":
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            self.times.append(time.monotonic())
            return self.script.popleft() if self.script else self.usual


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """The client went away, as tests have it do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    site: SearchServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0))))

    def _answer(self, body: Any) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.site.answer(Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body))
        time.sleep(said.after_s)
        if said.body is None:
            self.close_connection = True
            return
        self.send_response(said.status)
        for name, value in ({"Content-Type": "application/json"} | said.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)
