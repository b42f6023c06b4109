"""WebDataset shards: tar files in which the members of one pair share a key (https://github.com/webdataset/webdataset)."""

import io
import tarfile
from pathlib import Path

import orjson

from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.folder import opened
from vwi_lake.export.pairs import Pair, shards_of
from vwi_lake.lake import Lake

PER_SHARD = 2_000  # pairs


def export_webdataset(lake: Lake, path: Path, tick: Tick = silent) -> Exported:
    """Write `<split>-000000.tar`, …: each pair as `<qa_id>.json` and its images as `<qa_id>.0.png`, `<qa_id>.1.jpg`, …"""
    pairs = images = 0
    with opened(lake, path, "webdataset", per_shard=str(PER_SHARD)) as folder:
        for shard in shards_of(lake, PER_SHARD):
            name = f"{shard.split}-{shard.number:06}.tar"
            if not folder.has(name):
                with folder.file(name) as out, tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                    for pair in shard.pairs:
                        _add(tar, pair, lake)
            pairs += len(shard.pairs)
            images += sum(len(pair.images) for pair in shard.pairs)
            tick(len(shard.pairs))
    return Exported(pairs, images, path)


def _add(tar: tarfile.TarFile, pair: Pair, lake: Lake) -> None:
    names = [f"{pair.qa_id}.{place}.{image.extension}" for place, image in enumerate(pair.images)]
    _member(tar, f"{pair.qa_id}.json", orjson.dumps({**pair.row, "images": names}))
    for name, image in zip(names, pair.images, strict=True):
        _member(tar, name, lake.blobs.get(image.sha256))


def _member(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)  # time and owner stay 0, so that the same pairs give the same bytes
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
