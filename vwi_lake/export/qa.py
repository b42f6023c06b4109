"""Raw pairs as the original publishes them beside the conversations: one JSON object a line, images by path."""

from pathlib import Path

import orjson

from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.folder import opened
from vwi_lake.export.llava import image_name, write_images
from vwi_lake.export.pairs import SPLITS, ImageFile, pairs_of
from vwi_lake.lake import Lake


def export_qa(lake: Lake, path: Path, tick: Tick = silent) -> Exported:
    """Write `qa-<split>.jsonl` with all columns of gold.dataset, and the images."""
    images: dict[str, ImageFile] = {}
    pairs = 0
    with opened(lake, path, "qa") as folder:
        for split in SPLITS:
            with folder.file(f"qa-{split}.jsonl") as lines:
                for pair in pairs_of(lake, split):
                    names = {image_name(image): image for image in pair.images}
                    lines.write(orjson.dumps({**pair.row, "images": list(names)}) + b"\n")
                    images |= names
                    pairs += 1
                    tick(1)
        write_images(lake, folder, images)
    return Exported(pairs, len(images), path)
