"""The samples of a data list, checked once before training: those that cannot be learnt from are dropped with a reason."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from datasets import Dataset, Features, Sequence, Value
from datasets.arrow_writer import ArrowWriter

from vwi_lake.errors import VwiError
from vwi_lake.training.encode import IGNORED, IMAGE, Encoder
from vwi_lake.training.images import UNREADABLE, read_image
from vwi_lake.training.mix import Sample, Source, read_list, samples_of
from vwi_lake.training.recipe import Recipe

ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}
FEATURES = Features(
    {
        "id": Value("string"),
        "source": Value("int32"),
        "messages": [{"role": Value("string"), "content": Value("string")}],
        "pictures": Sequence(Value("string")),
        "modality": Value("string"),  # text | image
        "length": Value("int32"),  # tokens
    }
)
AT_ONCE = 512


class Dropped(Exception):  # noqa: N818 - no error: a verdict on one sample
    """Its argument is the reason, as it is counted."""


@dataclass
class Counts:
    """What became of the samples that the sampling strategies took."""

    kept: Counter = field(default_factory=Counter)  # by file
    modalities: Counter = field(default_factory=Counter)
    dropped: Counter = field(default_factory=Counter)  # by reason
    truncated: int = 0
    tokens: int = 0
    learnt_tokens: int = 0

    def told(self) -> dict[str, Any]:
        kept = sum(self.kept.values())
        return {
            "kept": kept,
            "dropped": dict(self.dropped),
            "modalities": dict(self.modalities),
            "shares": {name: round(n / kept, 5) for name, n in self.kept.items()} if kept else {},
            "truncated": self.truncated,
            "tokens": self.tokens,
            "learnt_tokens": self.learnt_tokens,
        }


def prepare(data: Path, images: Path | None, encoder: Encoder, recipe: Recipe, folder: Path) -> Dataset:
    """The prepared samples; made once for a run, and found again when it goes on. `folder/dropped.jsonl` has those that were left out."""
    done, table = folder / "data.json", folder / "samples.arrow"
    made_of = fingerprint(data, images, recipe)
    if done.is_file() and table.is_file():
        if json.loads(done.read_text()).get("made_of") != made_of:
            raise VwiError(f"{folder} holds a run on other data or settings, or its data changed: name another folder with --to")
        return Dataset.from_file(str(table))
    folder.mkdir(parents=True, exist_ok=True)
    counts = Counts()
    with ArrowWriter(path=str(table), features=FEATURES) as writer, (folder / "dropped.jsonl").open("w") as dropped:
        for number, source in enumerate(read_list(data)):
            root = images or source.path.parent
            for item in _looked_at(samples_of(source, recipe.seed + number), root, recipe.system):
                _keep(item, number, source, encoder, counts, writer, dropped)
        writer.finalize()
    if not counts.kept:
        raise VwiError(f"nothing to learn from in {data}: {dict(counts.dropped) or 'no samples'}; {folder / 'dropped.jsonl'} says why")
    done.write_text(json.dumps({"made_of": made_of, **counts.told()}, indent=1))
    return Dataset.from_file(str(table))


def fingerprint(data: Path, images: Path | None, recipe: Recipe) -> str:
    """Of all that the prepared samples depend on; files by name and content, since the same export may be written again."""
    files = [(str(s.path), s.strategy, _digest(s.path)) for s in read_list(data)]
    parts = [files, str(images), recipe.base, recipe.max_length, recipe.system, recipe.seed, recipe.images.model_dump()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


Item = tuple[int, Sample, "Seen | Dropped"]  # place in its file


def _looked_at(samples: Iterable[tuple[int, Sample]], root: Path, system: str) -> Iterator[Item]:
    """In their order; pictures are read by several threads, since decoding takes the time."""
    iterator = iter(samples)
    with ThreadPoolExecutor() as threads:
        while some := list(islice(iterator, AT_ONCE)):
            seen = threads.map(lambda item: look_at(item[1], root, system), some)
            yield from ((place, sample, verdict) for (place, sample), verdict in zip(some, seen, strict=True))


def _keep(  # noqa: PLR0913, PLR0917 - where a sample ends up: in the table or in the list of those dropped, and in the counts
    item: Item, number: int, source: Source, encoder: Encoder, counts: Counts, table: Any, dropped: TextIO
) -> None:
    place, sample, seen = item
    try:
        table.write(_row(seen, encoder, counts) | {"source": number})
        counts.kept[source.path.name] += 1
    except Dropped as why:
        counts.dropped[why.args[0]] += 1
        named = sample.get("id") if isinstance(sample, dict) else None
        line = {"source": str(source.path), "place": place, "id": str(named), "reason": why.args[0], "what": why.args[1:]}
        dropped.write(json.dumps(line, default=str) + "\n")


@dataclass(frozen=True)
class Seen:
    """A sample whose form and pictures are in order."""

    id: str
    messages: list[dict[str, str]]
    pictures: list[str]
    sizes: list[tuple[int, int]]  # height, width


def look_at(sample: Sample, root: Path, system: str) -> Seen | Dropped:
    try:
        messages = messages_of(sample, system)
        pictures = pictures_of(sample, root)
        marks = [m["content"].count(IMAGE) for m in messages]
        if sum(marks) != len(pictures):
            raise Dropped("image_count", f"{sum(marks)} marks, {len(pictures)} images")
        if any(n for n, m in zip(marks, messages, strict=True) if m["role"] != "user"):
            raise Dropped("image_in_answer")
        return Seen(str(sample.get("id", "")), messages, [str(p) for p in pictures], [_size(p) for p in pictures])
    except Dropped as why:
        return why


def messages_of(sample: Sample, system: str) -> list[dict[str, str]]:
    """Its turns, the system's first; they take turns, begin with the user and end with the assistant."""
    turns = sample.get("conversations") if isinstance(sample, dict) else None
    if not isinstance(turns, list) or not turns:
        raise Dropped("no_conversation")
    try:
        messages = [{"role": ROLES[turn["from"]], "content": turn["value"]} for turn in turns]
    except (KeyError, TypeError) as error:
        raise Dropped("bad_turn", repr(error)) from None
    if not all(isinstance(m["content"], str) for m in messages):
        raise Dropped("bad_turn", "its value is no text")
    if messages[0]["role"] != "system" and system:
        messages.insert(0, {"role": "system", "content": system})
    said = messages[messages[0]["role"] == "system" :]
    if [m["role"] for m in said] != ["user", "assistant"] * (len(said) // 2) or not said:
        raise Dropped("turn_order", "-".join(m["role"] for m in said))
    if not all(m["content"].strip() for m in said):
        raise Dropped("empty_turn")
    return messages


def pictures_of(sample: Sample, root: Path) -> list[Path]:
    """Files of its images, all of them under `root`; images that came as bytes are written there first."""
    given = sample.get("image") or []
    found = []
    for image in given if isinstance(given, list) else [given]:
        if isinstance(image, dict):
            found.append(_kept(image, root))
            continue
        if not isinstance(image, str) or "\0" in image:
            raise Dropped("bad_image_path", repr(image))
        path = root / image
        if not path.resolve().is_relative_to(root.resolve()):
            raise Dropped("image_outside", image)
        found.append(path)
    return found


def _kept(image: dict[str, Any], root: Path) -> Path:
    body = image.get("bytes")
    if not isinstance(body, bytes):
        raise Dropped("image_missing", str(image.get("path")))
    path = root / "images-of-parquet" / hashlib.sha256(body).hexdigest()
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    return path


def _size(path: Path) -> tuple[int, int]:
    """Height and width of a picture that was read to its end."""
    if not path.is_file():
        raise Dropped("image_missing", str(path))
    try:
        image = read_image(path)
    except UNREADABLE as error:
        raise Dropped("image_unreadable", str(path), str(error)[:200]) from None
    if min(image.size) < 2:  # one pixel has no sides to scale by
        raise Dropped("image_too_small", str(path))
    return image.height, image.width


def _row(seen: Seen | Dropped, encoder: Encoder, counts: Counts) -> dict[str, Any]:
    if isinstance(seen, Dropped):
        raise seen
    encoded = encoder.encode(seen.messages, encoder.image_tokens(seen.sizes) if seen.sizes else [])
    length = min(len(encoded.ids), encoder.max_length)
    learnt = sum(label != IGNORED for label in encoded.labels[:length])
    if encoder.image_id in encoded.ids[length:] or not learnt:
        raise Dropped("too_long", f"{len(encoded.ids)} tokens")
    counts.truncated += len(encoded.ids) > length
    counts.tokens += length
    counts.learnt_tokens += learnt
    modality = "image" if seen.pictures else "text"
    counts.modalities[modality] += 1
    return {"id": seen.id, "messages": seen.messages, "pictures": seen.pictures, "modality": modality, "length": length}
