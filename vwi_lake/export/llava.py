"""LLaVA's format, as the original publishes it: conversations as JSON and JSONL, a folder of images, and the training list as YAML."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake

NAME = "vwi_conversations"
OURS = re.compile(r"^[0-9a-f]{64}  (images/[0-9a-f]{64}\.(?:png|jpg))$", re.MULTILINE)
PAIRS = """
with formats as (
  select map(list(sha256), list(format)) as of
  from (select distinct on (sha256) sha256, format from silver.images order by sha256, format)
)
select qa_id, question, answer, list_transform(images, lambda sha: {'sha256': sha, 'format': formats.of[sha]}) as images
from gold.dataset cross join formats
where split = $1
order by qa_id
"""


@dataclass(frozen=True)
class Exported:
    pairs: int
    images: int
    folder: Path


def export_llava(lake: Lake, folder: Path) -> Exported:
    """Write the training split. The same snapshot gives the same bytes; a file is written beside its place, then moved there."""
    if folder.exists() and not folder.is_dir():
        raise VwiError(f"{folder} is a file: name a folder with --to")
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        pairs = lake.query(PAIRS, ["train"]).to_dicts()
        images = _write_images(lake, folder, pairs)
        samples = [sample(p) for p in pairs]
        _replace(folder / f"{NAME}.json", orjson.dumps(samples, option=orjson.OPT_INDENT_2) + b"\n")
        _replace(folder / f"{NAME}.jsonl", b"".join(orjson.dumps(s) + b"\n" for s in samples))
        listed = {"datasets": [{"json_path": f"{NAME}.json", "sampling_strategy": "all"}]}
        _replace(folder / f"{NAME}.yaml", yaml.safe_dump(listed, sort_keys=False).encode())
        _replace(folder / "SHA256SUMS", _checksums(folder, images))
    except OSError as error:
        raise VwiError(f"cannot write the export to {folder}: {error}") from None
    return Exported(len(samples), len(images), folder)


def sample(pair: dict[str, Any]) -> dict[str, Any]:
    """One LLaVA sample: `<image>` once per image before the question; `image` is a path, a list of paths, or absent."""
    files = [image_name(i) for i in pair["images"]]
    # a page that writes "<image>" means the word: a placeholder would ask the loader for a picture that is not there
    question, answer = (pair[k].replace("<image>", "< image >") for k in ("question", "answer"))
    turns = [{"from": "human", "value": "<image>\n" * len(files) + question}, {"from": "gpt", "value": answer}]
    image = {"image": files[0] if len(files) == 1 else files} if files else {}
    return {"id": pair["qa_id"], **image, "conversations": turns}


def image_name(image: dict[str, str]) -> str:
    return f"images/{image['sha256']}.{'jpg' if image['format'] == 'jpeg' else 'png'}"


def _write_images(lake: Lake, folder: Path, pairs: list[dict[str, Any]]) -> list[str]:
    wanted = {image_name(i): i["sha256"] for p in pairs for i in p["images"]}
    for name, sha in sorted(wanted.items()):
        if not _is_whole(folder / name, sha):
            _replace(folder / name, lake.blobs.get(sha))
    for name in _exported_before(folder) - wanted.keys():  # what was taken back must not linger; other files are not ours
        (folder / name).unlink(missing_ok=True)
    return sorted(wanted)


def _is_whole(path: Path, sha: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha


def _exported_before(folder: Path) -> set[str]:
    """Images that our last export to this folder wrote."""
    sums = folder / "SHA256SUMS"
    return set(OURS.findall(sums.read_text())) if sums.exists() else set()


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def _checksums(folder: Path, images: list[str]) -> bytes:
    names = [f"{NAME}.json", f"{NAME}.jsonl", f"{NAME}.yaml", *images]
    lines: Iterator[str] = (f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    return "".join(lines).encode()
