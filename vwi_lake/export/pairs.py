"""The pairs of a snapshot as every export reads them: in order of their ids, a few at a time, each with the files of its images."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vwi_lake.lake import Lake

SPLITS = ("train", "validation")
AT_ONCE = 1_000  # pairs in memory
DATASET = "select * from gold.dataset where split = $1"
MIX = "select * exclude (mixes) from gold.training_mix where split = $1 and list_contains(mixes, $2)"
PAIRS = """
with pairs as (
  {pairs}
),

shown as (
  select qa_id, unnest(images) as sha256, generate_subscripts(images, 1) as place
  from pairs
),

formats as (
  select distinct on (sha256) sha256, format
  from silver.images
  order by sha256, format
),

files as (
  select qa_id, list({'sha256': sha256, 'format': format} order by place) as files
  from shown
  join formats using (sha256)
  group by qa_id
)

select pairs.* exclude (images), coalesce(files.files, []) as files
from pairs
left join files using (qa_id)
order by pairs.qa_id
"""


@dataclass(frozen=True)
class ImageFile:
    sha256: str
    format: str  # png | jpeg

    @property
    def extension(self) -> str:
        return "jpg" if self.format == "jpeg" else "png"


@dataclass(frozen=True)
class Pair:
    """A row of gold.dataset or gold.training_mix; `row` has its other columns."""

    qa_id: str
    question: str
    answer: str
    images: list[ImageFile]
    row: dict[str, Any]


def pairs_of(lake: Lake, split: str, mix: str | None = None) -> Iterator[Pair]:
    """All pairs of a split, of the data set or of a mix, in the order of their ids."""
    pairs, parameters = _asked(split, mix)
    for rows in lake.stream(PAIRS.replace("{pairs}", pairs), parameters, AT_ONCE):
        for row in rows.iter_rows(named=True):
            images = [ImageFile(**file) for file in row.pop("files")]
            yield Pair(row["qa_id"], row["question"], row["answer"], images, row)


@dataclass(frozen=True)
class Shard:
    split: str
    number: int  # from 0
    of: int  # shards of its split
    pairs: list[Pair]


def shards_of(lake: Lake, size: int) -> Iterator[Shard]:
    """The data set, `size` pairs at a time, split by split."""
    for split in SPLITS:
        rows, n = pairs_of(lake, split), -(-count_of(lake, split) // size)
        for number in range(n):
            yield Shard(split, number, n, list(islice(rows, size)))


def count_of(lake: Lake, split: str, mix: str | None = None) -> int:
    pairs, parameters = _asked(split, mix)
    return lake.query(f"select count(*) as n from ({pairs})", parameters)["n"][0]


def hint_of_splits(lake: Lake) -> str:
    """What to do where nothing is held out, as in small lakes, whose sites hang together by pictures and copies."""
    if count_of(lake, "validation") or not count_of(lake, "train"):
        return ""
    return (
        "no pair is held out for validation: every group of sites with common pictures or copies holds more of the pairs than "
        "validation_share allows. Copy sql/seeds/split.csv to seeds/ in your own SQL folder with a larger share (docs/guides/rules.md), "
        "`vwi rebuild` and export again; or train without."
    )


def _asked(split: str, mix: str | None) -> tuple[str, list[str]]:
    return (MIX, [split, mix]) if mix else (DATASET, [split])
