"""What a model is trained on, in LLaVA's format: one mix of gold.training_mix, with samples of another set where it asks for them.

All is drawn here, by a seed, so that the list says `all` and every trainer sees the same samples.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from vwi_lake.errors import VwiError
from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.folder import Folder, opened
from vwi_lake.export.llava import image_name, sample, write_images
from vwi_lake.export.pairs import ImageFile, count_of, pairs_of
from vwi_lake.export.partner import Partner, read_partner
from vwi_lake.export.sampling import drawn
from vwi_lake.lake import Lake

MIXES = {
    "alone": "our pairs only",
    "mixed_9_1": "nine of our pairs to one of the set given by --with",
    "unrefined": "what was extracted, with the page's answer: no check, no vote, no alignment",
    "text_only": "our pairs without images",
    "visual_only": "our pairs with images",
    "web_only": "our pairs with the page's answer, where it has one",
}
OURS_TO_ONE = 9
EXTENSIONS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}


@dataclass(frozen=True)
class Mix:
    name: str
    seed: int = 0
    sampling: str = "all"  # of our pairs
    partner: Path | None = None  # JSON, JSONL, or a list of such in YAML
    partner_images: Path | None = None  # where its images lie; without one: beside its file

    def __post_init__(self) -> None:
        if self.name == "none":
            raise VwiError("the mix none is the base model as it is: there is nothing to export for it")
        if self.name not in MIXES:
            raise VwiError(f"no mix {self.name!r}: there are {', '.join(MIXES)}")
        if (self.name == "mixed_9_1") != (self.partner is not None):
            raise VwiError(f"--with names the other set of mixed_9_1, and only of it (asked: {self.name})")


def export_mix(lake: Lake, path: Path, mix: Mix, tick: Tick = silent) -> Exported:
    """Write `<mix>.jsonl`, the list `<mix>.yaml` and the images; of a partner, `<mix>-partner.jsonl`."""
    partner = read_partner(mix.partner, mix.partner_images, mix.seed) if mix.partner else Partner([])
    ours, theirs = _sizes(mix, count_of(lake, "train", mix.name), partner)
    images: dict[str, ImageFile] = {}
    with opened(lake, path, f"llava {mix.name}", seed=str(mix.seed), sampling=mix.sampling) as folder:
        with folder.file(f"{mix.name}.jsonl") as lines:
            for pair in _picked(pairs_of(lake, "train", mix.name), ours):
                lines.write(orjson.dumps(sample(pair)) + b"\n")
                images |= {image_name(image): image for image in pair.images}
                tick(1)
        write_images(lake, folder, images)
        names = [f"{mix.name}.jsonl"]
        if mix.partner:
            names.append(f"{mix.name}-partner.jsonl")
            copied = _write_partner(folder, names[1], [partner.samples[place] for place in theirs], tick)
            images |= dict.fromkeys(copied)  # type: ignore[arg-type]
        listed = {"datasets": [{"json_path": name, "sampling_strategy": "all"} for name in names]}
        folder.write(f"{mix.name}.yaml", yaml.safe_dump(listed, sort_keys=False).encode())
    return Exported(len(ours) + len(theirs), len(images), path, said=_said(partner, len(ours), len(theirs)))


def _sizes(mix: Mix, n_ours: int, partner: Partner) -> tuple[list[int], list[int]]:
    """Places of our pairs and of the partner's samples. Where either is too few for nine to one, the other gives way."""
    ours = drawn(mix.sampling, n_ours, mix.seed)
    if mix.partner is None:
        return ours, []
    n_theirs = len(partner.samples)
    n = min(n_theirs, len(ours) // OURS_TO_ONE)
    if not n:
        usable = f"{n_theirs} usable{_left_out(partner)}"
        raise VwiError(f"nine to one needs nine of our pairs and one sample of the other set: here are {len(ours)} and {usable}")
    if len(ours) >= OURS_TO_ONE * (n + 1):
        ours = [ours[place] for place in drawn(f"random:{OURS_TO_ONE * n}", len(ours), mix.seed)]
    return ours, drawn(f"random:{n}", n_theirs, mix.seed)


def _picked(rows: Iterable[Any], places: list[int]) -> Iterator[Any]:
    wanted = set(places)
    return (row for place, row in enumerate(rows) if place in wanted)


def _write_partner(folder: Folder, name: str, samples: list[dict[str, Any]], tick: Tick) -> set[str]:
    """Their images go by content among ours, so that no name of theirs is a path here; returns those names."""
    named: dict[Path, str] = {}
    with folder.file(name) as lines:
        for made in samples:
            files = [named.get(file) or named.setdefault(file, _copy(folder, file)) for file in made["files"]]
            image = {"image": files[0] if len(files) == 1 else files} if files else {}
            lines.write(orjson.dumps({"id": made["id"], **image, "conversations": made["conversations"]}) + b"\n")
            tick(1)
    return set(named.values())


def _copy(folder: Folder, file: Path) -> str:
    data = file.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    extension = next((known for start, known in EXTENSIONS.items() if data.startswith(start)), "bin")
    name = f"images/{sha}.{extension}"
    if not folder.has(name, sha):
        folder.write(name, data)
    return name


def _said(partner: Partner, ours: int, theirs: int) -> str:
    return f"{ours} of ours, {theirs} of the partner's{_left_out(partner)}" if partner.samples else ""


def _left_out(partner: Partner) -> str:
    told = ", ".join(f"{n} {reason}" for reason, n in sorted(partner.left_out.items()))
    return f" (left out: {told})" if told else ""
