"""Big bytes beside the tables: one file per content, named by its sha256; a local folder or any fsspec URL (s3://…)."""

import gzip
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vwi_lake.errors import VwiError


@dataclass(frozen=True)
class Blobs:
    """`root` is a local path or an fsspec URL. Picklable, so that worker processes can read and write too."""

    root: str

    def put(self, data: bytes) -> str:
        """Store once, return the sha256 (hex). Text-like content is gzipped; a half-written file never gets the name."""
        sha = hashlib.sha256(data).hexdigest()
        packed, suffix = (gzip.compress(data, 6, mtime=0), ".gz") if _looks_like_text(data) else (data, "")
        if "://" in self.root:
            self._put_remote(self._name(sha) + suffix, packed)
        else:
            _put_local(Path(self.root) / (self._name(sha) + suffix), packed)
        return sha

    def get(self, sha: str) -> bytes:
        """The bytes named `sha`; VwiError where they are gone."""
        for suffix in (".gz", ""):
            data = self._read(self._name(sha) + suffix)
            if data is not None:
                return gzip.decompress(data) if suffix else data
        raise VwiError(f"blob {sha} is not under {self.root}: was the folder moved or cleaned? Restore it, or start a new lake.")

    def all(self) -> Iterator[tuple[str, datetime]]:
        """Every blob's name, and when it was written."""
        if "://" in self.root:
            for path, info in remote(self.root).find(self.root, detail=True, refresh=True).items():
                yield path.rsplit("/", 1)[1].removesuffix(".gz"), info["LastModified"]
            return
        for file in Path(self.root).glob("??/*"):
            if len(name := file.name.removesuffix(".gz")) == 64:
                yield name, datetime.fromtimestamp(file.stat().st_mtime, UTC)

    def delete(self, sha: str) -> None:
        """Gone, if it was there."""
        for suffix in (".gz", ""):
            if "://" in self.root:
                _reached(self.root, lambda there, path: there.exists(path) and there.rm_file(path), self._name(sha) + suffix)
            else:
                (Path(self.root) / (self._name(sha) + suffix)).unlink(missing_ok=True)

    @staticmethod
    def _name(sha: str) -> str:
        return f"{sha[:2]}/{sha}"

    def _read(self, name: str) -> bytes | None:
        try:
            if "://" in self.root:
                return _reached(self.root, lambda there, path: there.cat_file(path), name)
            return (Path(self.root) / name).read_bytes()
        except FileNotFoundError:
            return None

    def _put_remote(self, name: str, data: bytes) -> None:
        # an object store shows an object whole or not at all
        _reached(self.root, lambda there, path: there.exists(path) or there.pipe_file(path, data), name)


def _reached(root: str, work: Callable[[Any, str], Any], name: str) -> Any:
    """An object store that does not answer is asked again for a while; then it is the run that stops, and no row is to blame."""
    for pause_s in (0.5, 1.0, 2.0, 4.0, 8.0, None):
        try:
            return work(remote(root), f"{root}/{name}")
        except (FileNotFoundError, VwiError):
            raise
        except Exception as error:  # noqa: BLE001 - what S3 clients raise has no common name
            if pause_s is None:
                raise VwiError(
                    f"{root} cannot be reached ({type(error).__name__}: {error}): is the store up? The same command goes on"
                ) from None
        time.sleep(pause_s)
    raise AssertionError


def remote(url: str) -> Any:
    from fsspec.core import url_to_fs

    try:
        return url_to_fs(url, use_listings_cache=False)[0]  # other workers write too: what was listed before says nothing
    except ImportError as error:
        raise VwiError(f"{url} needs one more package ({error}): pip install 'vwi-lake[s3]'") from error


def _looks_like_text(data: bytes) -> bool:
    return b"\0" not in data[:1024] and not data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8"))


def _put_local(path: Path, data: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(temporary).replace(path)
