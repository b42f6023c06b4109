"""The pairs of a snapshot as every export reads them: in order of their ids, a few at a time, each with the files of its images."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vwi_lake.lake import Lake

AT_ONCE = 1_000  # pairs in memory
PAIRS = """
with shown as (
  select qa_id, unnest(images) as sha256, generate_subscripts(images, 1) as place
  from gold.dataset
  where split = $1
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

select dataset.* exclude (images), coalesce(files.files, []) as files
from gold.dataset as dataset
left join files using (qa_id)
where dataset.split = $1
order by dataset.qa_id
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
    """A row of gold.dataset; `row` has its other columns."""

    qa_id: str
    question: str
    answer: str
    images: list[ImageFile]
    row: dict[str, Any]


def pairs_of(lake: Lake, split: str) -> Iterator[Pair]:
    """All pairs of a split, in the order of their ids."""
    for rows in lake.stream(PAIRS, [split], AT_ONCE):
        for row in rows.iter_rows(named=True):
            images = [ImageFile(**file) for file in row.pop("files")]
            yield Pair(row["qa_id"], row["question"], row["answer"], images, row)


def count_of(lake: Lake, split: str) -> int:
    return lake.query("select count(*) as n from gold.dataset where split = $1", [split])["n"][0]
