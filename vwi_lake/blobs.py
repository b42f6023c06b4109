"""Big bytes beside the tables: one file per content, named by its sha256; a local folder or any fsspec URL (s3://…)."""

import gzip
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

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

    def delete(self, sha: str) -> None:
        """Gone, if it was there."""
        for suffix in (".gz", ""):
            if "://" in self.root:
                filesystem, path = _remote(self.root), f"{self.root}/{self._name(sha)}{suffix}"
                if filesystem.exists(path):
                    filesystem.rm_file(path)
            else:
                (Path(self.root) / (self._name(sha) + suffix)).unlink(missing_ok=True)

    @staticmethod
    def _name(sha: str) -> str:
        return f"{sha[:2]}/{sha}"

    def _read(self, name: str) -> bytes | None:
        try:
            if "://" in self.root:
                return _remote(self.root).cat_file(f"{self.root}/{name}")
            return (Path(self.root) / name).read_bytes()
        except FileNotFoundError:
            return None

    def _put_remote(self, name: str, data: bytes) -> None:
        filesystem, path = _remote(self.root), f"{self.root}/{name}"
        if not filesystem.exists(path):
            filesystem.pipe_file(path, data)  # an object store shows an object whole or not at all


def _remote(url: str):
    from fsspec.core import url_to_fs

    try:
        return url_to_fs(url)[0]
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
