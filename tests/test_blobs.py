"""Content-addressed bytes."""

import hashlib
import pickle

import fsspec
import pytest

from benchmarks import servers
from vwi_lake.blobs import Blobs
from vwi_lake.errors import VwiError

CASES = [b"", b"<html>caf\xc3\xa9</html>" * 50, b"\x89PNG\r\n\x1a\n\0\0", bytes(range(256))]


@pytest.mark.parametrize("data", CASES)
@pytest.mark.parametrize("where", ["folder", "memory"])
def test_what_goes_in_comes_out(tmp_path, data, where):
    blobs = Blobs(str(tmp_path) if where == "folder" else f"memory://{tmp_path.name}")
    assert blobs.put(data) == blobs.put(data)
    assert pickle.loads(pickle.dumps(blobs)).get(blobs.put(data)) == data


def test_text_is_compressed_and_nothing_is_left_beside(tmp_path):
    sha = Blobs(str(tmp_path)).put(b"word " * 1000)
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert [p.name for p in files] == [f"{sha}.gz"]
    assert files[0].stat().st_size < 200


def test_a_lost_blob_is_named(tmp_path):
    with pytest.raises(VwiError, match="blob abc is not under"):
        Blobs(str(tmp_path)).get("abc")


def test_what_another_worker_writes_is_seen_though_the_store_was_listed_before():
    pictures = (b"\x89PNG%d" % number for number in range(10_000))
    ours, theirs = [data for data in pictures if hashlib.sha256(data).hexdigest().startswith("ab")][:2]
    sha = hashlib.sha256(theirs).hexdigest()
    with servers.s3("lake"):
        blobs = Blobs("s3://lake/blobs")
        blobs.put(ours)
        assert len(list(blobs.all())) == 1
        fsspec.filesystem("s3", skip_instance_cache=True).pipe_file(f"lake/blobs/ab/{sha}", theirs)
        assert blobs.get(sha) == theirs
