"""Items of benchmarks that the pages of this lake give away, as stage load_benchmarks found them."""

import re
from dataclasses import dataclass

from vwi_lake.evaluation.local_tasks import Document
from vwi_lake.lake import Lake

# The pairs themselves are kept out of the data set; that its pages hold the item is told of the evaluation all the same.
LEAKED = """
with leaked as (
  select distinct benchmark_item
  from rejects.clean_pairs
  where benchmark_item is not null
)

select
  concat_ws('#', items.benchmark, items.source, items.item_id, items.position) as item,
  any_value(items.question) as question,
  bool_or(leaked.benchmark_item is not null) as is_leaked,
from bronze.benchmark_items as items
left join leaked on leaked.benchmark_item = concat_ws('#', items.benchmark, items.source, items.item_id, items.position)
where items.error is null
group by 1
"""
SHORTEST = 40  # letters and digits of a question that is looked for in a prompt: shorter ones are anybody's


@dataclass(frozen=True)
class Leaks:
    knows_any: bool  # whether any benchmark was read
    items: frozenset[str]
    questions: tuple[str, ...]  # letters and digits only

    @classmethod
    def of(cls, lake: Lake) -> "Leaks":
        if lake.query("select * from bronze.benchmark_items limit 1").is_empty():
            return cls(False, frozenset(), ())
        lake.rebuild(lake.rules.upstream("select 1 from rejects.clean_pairs"))
        found = lake.query(LEAKED)
        leaked = found.filter(found["is_leaked"])
        questions = {_bare(text) for text in leaked["question"] if text}
        return cls(True, frozenset(leaked["item"]), tuple(sorted(q for q in questions if len(q) >= SHORTEST)))

    def gives_away(self, document: Document | None, prompt: str) -> bool | None:
        """By the item where the document is one that was read from files, else by its question in the prompt."""
        if document and document.item is None:
            return False  # a held-out pair is a clean one
        if not self.knows_any:
            return None
        if document:
            return document.item in self.items
        bare = _bare(prompt)
        return any(question in bare for question in self.questions)


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())
