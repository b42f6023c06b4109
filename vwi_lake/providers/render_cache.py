"""Rendered bodies of saved pages, kept beside the lake: the image index and the pages are rendered once."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

VERSION = 2  # of how pages are rendered: raise it when the same page would come out otherwise


@dataclass
class RenderCache:
    folder: Path
    identity: Callable[[], str]  # of the saved sites: a changed script or data file renders a page anew

    @cached_property
    def corpus(self) -> str:
        return self.identity()

    def get(self, url: str, served: bytes) -> bytes | None:
        try:
            return self._path(url, served).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, url: str, served: bytes, body: bytes) -> None:
        """Written aside and renamed, so that nobody reads half of it."""
        path = self._path(url, served)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(name).replace(path)

    def _path(self, url: str, served: bytes) -> Path:
        key = "\0".join((str(VERSION), self.corpus, url)).encode("utf-8", "surrogatepass") + b"\0" + served
        return self.folder / f"{hashlib.sha256(key).hexdigest()}.html"
