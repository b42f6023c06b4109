"""The Batch API as far as it is used, in front of a scripted server's answers: files, create, list, retrieve, content.

with OpenAiServer(answer) as server:
    api = BatchApi(server)
    api.fate = lambda number: "expired"     # of the batch of that number, from 0: completed | expired | failed | in_progress
    api.line = lambda key, number: None     # a line's own error, where it has one; "lost": no line at all
"""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.providers.openai_server import Behaviour, OpenAiServer, completion, status


class BatchApi:
    def __init__(self, server: OpenAiServer) -> None:
        self.server, self.files, self.batches = server, dict[str, bytes](), list[dict[str, Any]]()
        self.fate: Callable[[int], str] = lambda number: "completed"
        self.line: Callable[[str, int], int | str | None] = lambda key, number: None
        self.refuses = False
        self.asked: list[str] = []  # custom_id of each line that was answered
        server.other = self.said

    def said(self, method: str, path: str, body: bytes) -> Behaviour:
        name = path.removeprefix("/v1").split("?")[0]
        if (method, name) == ("POST", "/files"):
            return self._json({"id": self._keep(_uploaded(body)), "object": "file", "purpose": "batch"})
        if (method, name) == ("POST", "/batches"):
            return status(400) if self.refuses else self._json(self._create(json.loads(body)))
        if (method, name) == ("GET", "/batches"):
            return self._json({"object": "list", "data": self.batches, "has_more": False})
        if found := re.fullmatch(r"/batches/batch-(\d+)", name):
            return self._json(self._work(self.batches[int(found[1])]))
        if found := re.fullmatch(r"/files/(.+)/content", name):
            return Behaviour(self.files[found[1]])
        return status(404)

    def _json(self, value: dict[str, Any]) -> Behaviour:
        return Behaviour(json.dumps(value).encode())

    def _keep(self, data: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = data
        return name

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        batch = asked | {"id": f"batch-{len(self.batches)}", "object": "batch", "status": "validating", "created_at": 0}
        self.batches.append(batch)
        return batch

    def _work(self, batch: dict[str, Any]) -> dict[str, Any]:
        number = self.batches.index(batch)
        batch["status"] = self.fate(number)
        if batch["status"] in ("completed", "expired") and "output_file_id" not in batch:
            answers, errors = [], []
            for line in map(json.loads, self.files[batch["input_file_id"]].splitlines()):
                self._answer(line, number, answers, errors)
            batch["output_file_id"] = self._keep("\n".join(answers).encode())
            batch["error_file_id"] = self._keep("\n".join(errors).encode()) if errors else None
        return batch

    def _answer(self, line: dict[str, Any], number: int, answers: list[str], errors: list[str]) -> None:
        key, trouble = line["custom_id"], self.line(line["custom_id"], number)
        if trouble == "lost":
            return
        if isinstance(trouble, int):
            body = {"error": {"message": "scripted", "code": None}}
            errors.append(json.dumps({"custom_id": key, "response": {"status_code": trouble, "body": body}, "error": None}))
            return
        self.asked.append(key)
        said = self.server.answer(line["body"])
        assert isinstance(said, str)
        answers.append(json.dumps({"custom_id": key, "response": {"status_code": 200, "body": completion(said)}, "error": None}))


def _uploaded(body: bytes) -> bytes:
    """The file in a multipart body: the part with a file name."""
    boundary = body.split(b"\r\n", 1)[0]
    part = next(p for p in body.split(boundary) if b"filename=" in p)
    return part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
