"""Tasks of our own for lmms-eval, as YAML and Parquet: benchmarks that come as files, and the held-out pairs of the lake."""

import ast
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from vwi_lake.errors import VwiError
from vwi_lake.export.pairs import pairs_of
from vwi_lake.lake import Lake
from vwi_lake.providers.benchmark_files import IMAGE_SUFFIXES, Item, files_of, positions, read_item

HELD_OUT = "held_out"
ROW_GROUP = 100  # documents, images inside
SCHEMA = pa.schema(
    [
        ("question", pa.string()),
        ("target", pa.string()),
        ("answer_type", pa.string()),
        ("images", pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))),
    ]
)
SUBJECT = ("subject", "subdomain", "category", "topic")


@dataclass(frozen=True)
class Document:
    question: str
    target: str
    images: tuple[bytes, ...] = ()
    answer_type: str | None = None
    subject: str | None = None
    variant_of: str | None = None
    key: str | None = None  # where the position is none: data sets grow
    item: str | None = None  # as silver.clean_pairs names it: benchmark#source#id#position


def documents_of_files(root: Path) -> list[Document]:
    """A benchmark's items in the order of its files. An id that several files hold is a question in as many variants (DynaMath)."""
    root = root.absolute()
    found = [_document(path, position, root) for path in files_of(root) for position in positions(path)]
    if not found:
        raise VwiError(f"no items in the benchmark at {root}")
    times = Counter(document.variant_of for document in found)
    return [document if times[document.variant_of] > 1 else replace(document, variant_of=None) for document in found]


def _document(path: Path, position: int, root: Path) -> Document:
    item = read_item(path, position)
    if item.question is None or item.answer is None:
        raise VwiError(f"item {item.item_id} of {path} has no {'question' if item.question is None else 'answer'}: it cannot be scored")
    named = [value for value in item.row.values() if isinstance(value, str) and value.lower().endswith(IMAGE_SUFFIXES)]
    if len(item.images) < len(named):
        raise VwiError(f"item {item.item_id} of {path} names an image that is not there: {', '.join(named)}")
    source = path.relative_to(root if root.is_dir() else root.parent).as_posix()
    return Document(
        question=item.question + _choices(item),
        target=item.answer,
        images=tuple(item.images),
        answer_type=_text(item.row.get("answer_type")),
        subject=next((text for name in SUBJECT if (text := _text(item.row.get(name)))), None),
        variant_of=_text(item.row.get("variant_of")) or item.item_id,
        item=f"{root}#{source}#{item.item_id}#{position}",
    )


def _text(value: Any) -> str | None:
    """Words with single spaces: benchmarks are not careful with them."""
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _choices(item: Item) -> str:
    """Options of a column of their own, as MMMU and MathVista have them."""
    value = item.row.get("options") or item.row.get("choices") or []
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return ""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "".join(f"\n({letter}) {text}" for letter, text in zip(letters, value, strict=False)) if isinstance(value, list) else ""


def held_out_documents(lake: Lake) -> list[Document]:
    """Pairs of split `validation`: of sites that no training row is of. Those without a short answer cannot be judged and stay out."""
    found = []
    for pair in pairs_of(lake, "validation"):
        if pair.row["short_answer"]:
            images = tuple(lake.blobs.get(file.sha256) for file in pair.images)
            found.append(Document(pair.question, pair.row["short_answer"], images, subject=pair.row["subject"], key=pair.qa_id))
    if not found:
        raise VwiError(
            "no held-out pairs: gold.dataset has no row of split 'validation' with a short answer (one site in twenty is held out)"
        )
    return found


def write_task(folder: Path, name: str, documents: Sequence[Document], max_new_tokens: int) -> None:
    """`folder`/NAME: what `lmms-eval --include_path folder --tasks NAME` needs, offline."""
    place = (folder / name).absolute()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with pq.ParquetWriter(place / "test.parquet", SCHEMA) as file:
        for some in _rows(documents):
            file.write_table(pa.Table.from_pylist(some, SCHEMA))
    shutil.copyfile(Path(__file__).with_name("local_scoring.py"), place / "utils.py")
    (place / f"{name}.yaml").write_text(_yaml(name, place / "test.parquet", max_new_tokens), encoding="utf-8")


def _rows(documents: Sequence[Document]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(documents), ROW_GROUP):
        some = documents[start : start + ROW_GROUP]
        yield [asdict(d) | {"images": [{"bytes": image, "path": None} for image in d.images]} for d in some]


def _yaml(name: str, data: Path, max_new_tokens: int) -> str:
    """lmms-eval's `!function` is no YAML that a writer knows: its lines are put after the rest."""
    plain = {
        "task": name,
        "dataset_path": "parquet",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_target": "target",
        "generation_kwargs": {"max_new_tokens": max_new_tokens, "temperature": 0, "do_sample": False},
        "metric_list": [{"metric": "accuracy", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": 1.0},
    }
    functions = "".join(f"{hook}: !function utils.{hook}\n" for hook in ("doc_to_visual", "doc_to_text", "process_results"))
    return yaml.safe_dump(plain, sort_keys=False) + functions
