"""The vote at the paper's size: the majority in SQL, and what adaptive drafting saves.

python benchmarks/votes.py sql        # 900,000 questions of four drafts, generated groups: sql/silver/answers.sql, time and memory
python benchmarks/votes.py adaptive   # 10^5 simulated votes at each level of agreement: decisions beside full drafting, calls saved
"""

import argparse
import json
import random
import resource
import time
from itertools import combinations

from vwi_lake.qa.vote import Relation, first_turn, is_decided, joined, most_possible, needed
from vwi_lake.rules import Rules
from vwi_lake.scratch import scratch
from vwi_lake.stages import PIPELINE

DRAFTS = """
create table verdicts.drafts as
select
  md5(i::varchar) as qa_id,
  [0, 1, 2, 3] as samples,
  list_transform(range(4), k -> 'Working it out at some length, step by step.\n\nAnswer: ' || (i * 7 + k)) as answers,
  list_transform(range(4), k -> (i * 7 + k)::varchar) as short_answers,
  md5(i::varchar || 'd') as drafts_hash,
from range({n}) as t(i)
"""
COMPARED = """
insert into bronze.answer_comparisons by name
select
  md5(i::varchar) as qa_id,
  md5(i::varchar || 'd') as drafts_hash,
  case i % 5 when 0 then [[0, 1, 2, 3]] when 1 then [[0, 1, 3], [2]] when 2 then [[1, 2], [0], [3]] when 3 then [[0, 1], [2, 3]]
    else [[0], [1], [2], [3]] end as groups,
  'math_verify' as compared_by,
  timestamptz '2026-01-01' as asked_at,
from range({n}) as t(i)
"""


def sql(n: int, memory: str) -> None:
    records = list(dict.fromkeys(r for s in PIPELINE for r in s.records))
    connection = scratch(Rules(), records)
    connection.execute(f"set memory_limit = '{memory}'")
    connection.execute(DRAFTS.format(n=n))
    connection.execute("create view silver.drafts as select * from verdicts.drafts")
    connection.execute(COMPARED.format(n=n))
    started, cpu = time.monotonic(), time.process_time()
    connection.execute(f"create table verdicts.answers as {Rules().models['silver.answers']}")
    seconds = time.monotonic() - started
    counts = dict(connection.execute("select coalesce(rejected_because, 'kept'), count(*) from verdicts.answers group by 1").fetchall())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"rows": n, "seconds": round(seconds, 1), "cpu_s": round(time.process_time() - cpu, 1), "peak_mb": peak_mb} | counts))


def simulated(chosen: random.Random, agreement: float) -> Relation:
    """Four answers, each the right one with the given chance, else one of five wrong ones; a tenth of the pairs is left open."""
    said = [0 if chosen.random() < agreement else chosen.randint(1, 5) for _ in range(4)]
    return {(i, j): None if chosen.random() < 0.1 else said[i] == said[j] for i, j in combinations(range(4), 2)}


def decision(n: int, pairs: Relation, wanted: int) -> tuple[str, int | None]:
    """What silver.answers makes of the groups: a majority by its first member, none, or a case for a model."""
    largest = max(joined(n, pairs), key=len)
    if len(largest) >= wanted:
        return "kept", largest[0]
    return ("no_majority" if most_possible(n, pairs) < wanted else "open"), None


def adaptive(n: int) -> None:
    chosen, wanted = random.Random(1), needed(4, 0.5)
    for agreement in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0):
        calls = unlike = 0
        for _ in range(n):
            pairs = simulated(chosen, agreement)
            for heard in range(first_turn(4, wanted), 5):
                known = {place: equal for place, equal in pairs.items() if place[1] < heard}
                if heard == 4 or is_decided(heard, known, 4 - heard, wanted):
                    break
            calls += heard
            stopped = decision(heard, known, wanted)
            unlike += stopped != decision(4, pairs, wanted)
        print(json.dumps({"agreement": agreement, "votes": n, "decided otherwise": unlike, "calls saved": f"{1 - calls / (4 * n):.1%}"}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("sql", "adaptive"))
    parser.add_argument("--rows", type=int, help="900,000 questions, or 100,000 votes a level")
    parser.add_argument("--memory", default="3GB", help="DuckDB's own limit")
    given = parser.parse_args()
    if given.what == "sql":
        sql(given.rows or 900_000, given.memory)
    else:
        adaptive(given.rows or 100_000)


if __name__ == "__main__":
    main()
