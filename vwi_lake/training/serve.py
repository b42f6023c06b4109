"""A checkpoint behind an OpenAI-compatible port, one request at a time: for tries and small models. Elsewhere use vLLM.

python -m vwi_lake.training.serve runs/try/model --port 8000 --name under-test
"""

import argparse
import base64
import binascii
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from PIL import Image

from vwi_lake.errors import VwiError
from vwi_lake.training.answer import Answerer, load_answerer
from vwi_lake.training.images import UNREADABLE, read_image

MOST_BYTES = 64 * 1024 * 1024


def read_request(body: dict[str, Any]) -> tuple[str, list[Image.Image], int]:
    """The last user's text and pictures, and how many tokens at most. Raises ValueError where it cannot be answered."""
    messages = body.get("messages")
    asked = next((m for m in reversed(messages if isinstance(messages, list) else []) if m.get("role") == "user"), None)
    if asked is None:
        raise ValueError("no message of a user")
    parts = asked.get("content")
    parts = [{"type": "text", "text": parts}] if isinstance(parts, str) else parts
    texts = [part["text"] for part in parts if part.get("type") == "text"]
    pictures = [_picture(part["image_url"]["url"]) for part in parts if part.get("type") == "image_url"]
    return "\n".join(texts), pictures, int(body.get("max_tokens") or body.get("max_completion_tokens") or 512)


def _picture(url: str) -> Image.Image:
    """From a data: URL; no address is dialled for whoever asks."""
    if not url.startswith("data:"):
        raise ValueError("pictures are taken as data: URLs only")
    try:
        return read_image(base64.b64decode(url.partition(",")[2], validate=True))
    except (binascii.Error, *UNREADABLE) as error:
        raise ValueError(f"a picture cannot be read: {error}") from None


def handler(answerer: Answerer, name: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(200, {"object": "list", "data": [{"id": name, "object": "model"}]})

        def do_POST(self) -> None:
            try:
                length = int(self.headers.get("content-length") or 0)
                if length > MOST_BYTES:
                    raise ValueError("too long a request")
                question, pictures, most = read_request(json.loads(self.rfile.read(length)))
                (answer,) = answerer.answer([(question, pictures)], most)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError, VwiError) as error:
                self.say(400, {"error": {"message": str(error), "type": "invalid_request_error"}})
                return
            self.say(200, reply(name, answer))

        def say(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Who asks, and what, is nobody's business."""

    return Handler


def reply(name: str, answer: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer}
    return {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": name,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


def main(words: list[str] | None = None) -> int:
    told = argparse.ArgumentParser(prog="python -m vwi_lake.training.serve", description=__doc__)
    told.add_argument("checkpoint")
    told.add_argument("--port", type=int, default=8000)
    told.add_argument("--name", default="under-test")
    asked = told.parse_args(words)
    try:
        served = handler(load_answerer(asked.checkpoint), asked.name)
    except VwiError as error:
        print(f"vwi: {error}", file=sys.stderr)  # noqa: T201
        return 2
    HTTPServer(("127.0.0.1", asked.port), served).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
