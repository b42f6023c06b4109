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
    load_seeds,
    search_images,
)

PIPELINE: list[Stage] = [
    load_seeds.STAGE,
    search_images.STAGE,
    fetch_pages.STAGE,
    build_trees.STAGE,
    fetch_images.STAGE,
    extract_qa.STAGE,
    check_qa.STAGE,
    draft_answers.STAGE,
    compare_answers.STAGE,
    align_answers.STAGE,
]

STAGES: dict[str, Stage] = {stage.name: stage for stage in PIPELINE}


def stage_of(model: str, rules: Rules) -> str:
    """The stage whose answers a model judges: the latest whose bronze tables its SQL reads."""
    read = tables_read(rules.models[model])
    judged = [s.name for s in PIPELINE if any(f"bronze.{r.TABLE}" in read for r in s.records)]  # type: ignore[attr-defined]
    return judged[-1] if judged else "rules"
