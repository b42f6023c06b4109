"""LLaVA's format, as the original publishes it: conversations as JSON and JSONL, a folder of images, and the training list as YAML."""

from pathlib import Path
from typing import Any

import orjson
import yaml

from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.folder import Folder, opened
from vwi_lake.export.pairs import ImageFile, Pair, pairs_of
from vwi_lake.lake import Lake

NAME = "vwi_conversations"


def export_llava(lake: Lake, path: Path, tick: Tick = silent) -> Exported:
    """Write the training split. The same snapshot gives the same bytes."""
    images: dict[str, ImageFile] = {}
    pairs = 0
    with opened(lake, path, "llava") as folder:
        with folder.file(f"{NAME}.jsonl") as lines, folder.file(f"{NAME}.json") as array:
            for pair in pairs_of(lake, "train"):
                made = sample(pair)
                lines.write(orjson.dumps(made) + b"\n")
                array.write((b",\n" if pairs else b"[\n") + orjson.dumps(made, option=orjson.OPT_INDENT_2))
                images |= {image_name(image): image for image in pair.images}
                pairs += 1
                tick(1)
            array.write(b"\n]\n" if pairs else b"[]\n")
        listed = {"datasets": [{"json_path": f"{NAME}.json", "sampling_strategy": "all"}]}
        folder.write(f"{NAME}.yaml", yaml.safe_dump(listed, sort_keys=False).encode())
        write_images(lake, folder, images)
    return Exported(pairs, len(images), path)


def sample(pair: Pair) -> dict[str, Any]:
    """One LLaVA sample: `<image>` once per image before the question; `image` is a path, a list of paths, or absent."""
    files = [image_name(i) for i in pair.images]
    # a page that writes "<image>" means the word: a placeholder would ask the loader for a picture that is not there
    question, answer = (text.replace("<image>", "< image >") for text in (pair.question, pair.answer))
    turns = [{"from": "human", "value": "<image>\n" * len(files) + question}, {"from": "gpt", "value": answer}]
    image = {"image": files[0] if len(files) == 1 else files} if files else {}
    return {"id": pair.qa_id, **image, "conversations": turns}


def image_name(image: ImageFile) -> str:
    return f"images/{image.sha256}.{image.extension}"


def write_images(lake: Lake, folder: Folder, images: dict[str, ImageFile]) -> None:
    """Each under its name, those that are there already left as they are."""
    for name, image in sorted(images.items()):
        if not folder.has(name, image.sha256):
            folder.write(name, lake.blobs.get(image.sha256))
