"""The pipeline: this list is the table of contents of the project. Each stage is one module and one sql/pending file."""

from vwi_lake.rules import Rules, tables_read
from vwi_lake.stage import Stage
from vwi_lake.stages import (
    align_answers,
    build_trees,
    check_qa,
    compare_answers,
    draft_answers,
    extract_qa,
    fetch_images,
    fetch_pages,
    load_benchmarks,
    load_seeds,
    promote_images,
    search_images,
)

PIPELINE: list[Stage] = [
    load_seeds.STAGE,
    promote_images.STAGE,
    search_images.STAGE,
    fetch_pages.STAGE,
    build_trees.STAGE,
    fetch_images.STAGE,
    extract_qa.STAGE,
    check_qa.STAGE,
    draft_answers.STAGE,
    compare_answers.STAGE,
    align_answers.STAGE,
    load_benchmarks.STAGE,
]

STAGES: dict[str, Stage] = {stage.name: stage for stage in PIPELINE}


def stage_of(model: str, rules: Rules) -> str:
    """The stage whose answers a model judges: the latest whose bronze tables its SQL reads, or that of the models it reads.

    A table is its first stage's.
    """
    first = {f"bronze.{r.TABLE}": s.name for s in reversed(PIPELINE) for r in s.records}  # type: ignore[attr-defined]
    read = tables_read(rules.models[model])
    judged = {first[table] for table in read & first.keys()} or {stage_of(table, rules) for table in read & rules.models.keys()}
    return next((s.name for s in reversed(PIPELINE) if s.name in judged), "rules")
