"""The dashboard on loopback: read only, for this machine's own browser. Everything a page or a model said leaves here as JSON text."""

import secrets
import socket
from collections.abc import Callable
from typing import Any

import duckdb
import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vwi_lake.dashboard import page
from vwi_lake.dashboard.board import Board
from vwi_lake.dashboard.index import FILTERS
from vwi_lake.errors import VwiError, redacted

HOST = "127.0.0.1"
HOSTS = ["127.0.0.1", "localhost"]  # any other name that leads here is another site's (DNS rebinding)
PORT = 8642
MOST_ROWS = 500
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",  # no other site's page shows or reads what is here
    "Cross-Origin-Opener-Policy": "same-origin",
}


def make_app(board: Board) -> Starlette:
    def api(path: str, answer: Callable[[Request], Any]) -> Route:
        return Route(f"/api/{path}", lambda request: _json(answer, request), methods=["GET"])

    routes = [
        Route("/", _frame, methods=["GET"]),
        api("pulse", lambda r: board.pulse()),
        api("panel/{name}", lambda r: board.panel(r.path_params["name"])),
        api("panels", lambda r: board.own_panels()),
        api(
            "rejected/{table}", lambda r: board.rejected(r.path_params["table"], r.query_params.get("reason", ""), _number(r, "after", -1))
        ),
        api("pairs", lambda r: board.pairs(_filters(r), r.query_params.get("q", ""), _number(r, "after", 0), _number(r, "limit", 50))),
        api("facets", lambda r: board.facets()),
        api("pair/{qa_id}", lambda r: board.pair(r.path_params["qa_id"])),
        api("source/{qa_id}", lambda r: board.source(r.path_params["qa_id"])),
        Route("/image/{sha}", lambda r: _image(board, r.path_params["sha"]), methods=["GET"]),
        Mount("/static", StaticFiles(directory=page.STATIC)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS), Middleware(Guarded)])


class Guarded:
    """Puts HEADERS, and a policy that allows nothing where there is none, on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {name.lower() for name, _ in message["headers"]}
                more = (
                    HEADERS if b"content-security-policy" in named else HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"}
                )
                message["headers"] = [*message["headers"], *((k.lower().encode(), v.encode()) for k, v in more.items())]
            await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


def _frame(request: Request) -> Response:
    nonce = secrets.token_urlsafe(16)
    return HTMLResponse(
        page.served(nonce), headers={"Content-Security-Policy": page.policy(nonce, is_served=True), "Cache-Control": "no-store"}
    )


def _json(answer: Callable[[Request], Any], request: Request) -> Response:
    try:
        told, status = answer(request), 200
    except VwiError as error:
        told, status = {"error": redacted(str(error))}, 404
    except (duckdb.Error, OSError) as error:
        told, status = {"error": redacted(str(error)).splitlines()[0]}, 503
    return Response(as_json(told), status, {"Cache-Control": "no-store"}, "application/json")


def as_json(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def _image(board: Board, sha: str) -> Response:
    found = board.image(sha)
    if found is None:
        return Response("no such picture", 404, media_type="text/plain")
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "private, max-age=600"})


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    number = int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 16 else default
    return min(number, MOST_ROWS) if name == "limit" else number


def _filters(request: Request) -> dict[str, str]:
    return {name: request.query_params[name] for name in FILTERS if request.query_params.get(name)}


def listen(port: int | None) -> socket.socket:
    """A socket on loopback: the port asked for, or the usual one, or where that is taken any free one."""
    for wanted in [port] if port is not None else [PORT, 0]:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, wanted))
            return listening
        except OSError:
            listening.close()
    raise VwiError(f"port {port} is taken: name another with --port, or leave it out for a free one")


def serve(board: Board, listening: socket.socket) -> None:
    """Until Ctrl-C."""
    import uvicorn

    config = uvicorn.Config(make_app(board), log_level="warning", lifespan="off", server_header=False, timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listening])
