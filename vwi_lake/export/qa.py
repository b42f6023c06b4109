"""Raw pairs as the original publishes them beside the conversations: one JSON object a line, images by path."""

from pathlib import Path

import orjson

from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.folder import opened
from vwi_lake.export.llava import image_name
from vwi_lake.export.pairs import pairs_of
from vwi_lake.lake import Lake

SPLITS = ("train", "validation")


def export_qa(lake: Lake, path: Path, tick: Tick = silent) -> Exported:
    """Write `qa-<split>.jsonl` with all columns of gold.dataset, and the images."""
    images: dict[str, str] = {}
    pairs = 0
    with opened(lake, path, "qa") as folder:
        for split in SPLITS:
            with folder.file(f"qa-{split}.jsonl") as lines:
                for pair in pairs_of(lake, split):
                    names = {image_name(image): image.sha256 for image in pair.images}
                    lines.write(orjson.dumps({**pair.row, "images": list(names)}) + b"\n")
                    images |= names
                    pairs += 1
                    tick(1)
        for name, sha in sorted(images.items()):
            if not folder.has(name, sha):
                folder.write(name, lake.blobs.get(sha))
    return Exported(pairs, len(images), path)
