"""From extracted pairs to what is trained on, at 10⁴ to 10⁶ pairs: copies, leaks, splits, mixes, and the export in LLaVA's format.

python benchmarks/dataset_scale.py --sizes 10000 100000 1000000      # minutes; each size in a process and a lake of its own

Pairs are generated: 8 to 25 words by a skewed draw, numbers in most, 40 % with a picture, every fifth a copy on another site; 500
benchmark items, of which 100 are questions of theirs. All of sql/ is built in a real lake. Named alternative: growth, where linear is 1.
"""

import hashlib
import json
from pathlib import Path

import polars as pl
from scale import Meter, main, tell

from vwi_lake.export.mix import Mix, export_mix
from vwi_lake.lake import Lake
from vwi_lake.run import records_of_runs
from vwi_lake.settings import LakeSettings

PAIRS_PER_PAGE, PAGES_PER_SITE, IMAGES_PER_PAGE = 10, 20, 2
# hash(i, k) draws the k-th property of pair i. A copy takes the words of the pair before it, and stands half the web away.
PAIRS = """
create temp table generated as
with numbered as (
  select range as i, if(range % 5 = 4, range - 1, range) as source, range % 5 = 4 as is_copy from range({n})
),

worded as (
  select
    *,
    list_transform(range(8 + (hash(source, 1) % 18)::bigint), lambda place:
      list_transform([floor(15625 * pow((hash(source, place) % 1000000) / 1e6, 3))::bigint], lambda k:
        substr('{syllables}', 1 + 2 * (k % 25), 2)
        || substr('{syllables}', 1 + 2 * (k // 25 % 25), 2)
        || substr('{syllables}', 1 + 2 * (k // 625), 2))[1]) as words,
    if(hash(source, 2) % 10 < 7, ' at ' || hash(source, 3) % 1000 || ' m', '') as numbers,
  from numbered
)

select
  i,
  (i // {per_page} + if(is_copy, {n_pages} // 2, 0)) % {n_pages} as page,
  array_to_string(if(is_copy and hash(i, 4) % 2 = 0, list_concat(['please'], words), words), ' ') || numbers || '?' as question,
  'It is ' || array_to_string(words[:6], ' ') || ' ' || hash(source, 5) % 10000 as solution,
  if(hash(source, 6) % 10 < 4, source // {per_page} * {images} + hash(source, 7) % {images}, null)::bigint as image,
from worded
"""
BRONZE = """
insert into bronze.searches by name
  select 's' as search_id, 'all' as provider, '' as corpus, 1 as round, now() as asked_at;
insert into bronze.search_hits by name
  select 's' as search_id, 'all' as provider, range as rank,
    'http://s' || range // {per_site} || '.example/' || range as page_url, page_url as url,
    's' || range // {per_site} || '.example' as host, host as domain, 1.0 as score, (select asked_at from bronze.searches) as asked_at
  from range({n_pages});
insert into bronze.page_fetches by name
  select url, url as final_url, 200 as status, 'text/html' as content_type, md5(url) as body_sha, now() as asked_at
  from bronze.search_hits;
insert into bronze.page_trees by name
  select 'http://s' || page // {per_site} || '.example/' || page as url, md5(url) as body_sha, '1' as version, 'en' as language,
    100 as n_words,
    list({{'url': 'http://i.example/' || image, 'alt': '', 'blob_sha': null}}) filter (image is not null) as images, now() as asked_at
  from generated group by page;
insert into bronze.image_fetches by name
  select 'http://i.example/' || image as image_url, sha256, sha256 as body_sha, 'png' as format, 60 as width, 40 as height,
    lower(printf('%016x', hash(image, 8))) as phash, 100 as size_bytes, now() as asked_at
  from drawn;
insert into bronze.qa_extractions by name
  select 'http://s' || page // {per_site} || '.example/' || page as url, md5(url) as body_sha, 'markup' as extractor, '1' as version,
    now() as asked_at,
    list({{
      'question': question, 'solution': solution, 'question_images': if(image is null, [], ['http://i.example/' || image]),
      'solution_images': [], 'choices': [], 'short_solution': null, 'cue': 'heading', 'on_page': 1.0, 'solution_on_page': 1.0, 'faults': [],
      'first_node': 1, 'last_node': 2}} order by i) as pairs
  from generated group by page;
insert into bronze.benchmark_items by name
  select 'b' as benchmark, 'f' as source, i as position, '1' as fingerprint, i::varchar as item_id, question, '1' as answer, [] as images,
    now() as asked_at
  from generated where i % 5 = 0 order by hash(i, 9) limit 100;
insert into bronze.benchmark_items by name
  select 'b' as benchmark, 'g' as source, range as position, '1' as fingerprint, range::varchar as item_id,
    'Which of the items number ' || range || ' that nobody asks about is the largest of them all?' as question, '1' as answer,
    [] as images, now() as asked_at
  from range(400);
"""


def generate(lake: Lake, n: int) -> None:
    n_pages = n // PAIRS_PER_PAGE
    named = {"n": n, "n_pages": n_pages, "per_page": PAIRS_PER_PAGE, "per_site": PAGES_PER_SITE, "images": IMAGES_PER_PAGE,
        "syllables": "bakadolimenopurasetiwovexyzaqifughejucyhobiruwemasulon"[:50]}  # fmt: skip
    lake.run(PAIRS.format(**named))
    images = lake.query("select distinct image from generated where image is not null order by image")["image"]
    shas = [lake.blobs.put(b"\x89PNG" + image.to_bytes(8, "big")) for image in images]
    assert shas[0] == hashlib.sha256(b"\x89PNG" + images[0].to_bytes(8, "big")).hexdigest()
    lake.show("drawn", pl.DataFrame({"image": images, "sha256": shas}))
    for statement in BRONZE.format(**named).split(";"):
        if statement.strip():
            lake.run(statement)


def partner(path: Path, n: int) -> None:
    with path.open("w") as out:
        for i in range(n):
            talk = [{"from": "human", "value": f"Question {i}?"}, {"from": "gpt", "value": f"Step by step, it is {i}."}]
            out.write(json.dumps({"id": i, "conversations": talk}) + "\n")


def measure(n: int, folder: Path, memory: str) -> None:
    lake = Lake.open(LakeSettings(path=str(folder / "lake"), memory=memory), None, records_of_runs())
    lake.run("set threads = 2")
    generate(lake, n)
    partner(folder / "partner.jsonl", n // 9)
    meter = Meter()
    for name in lake.rules.models:
        meter.step(name, lambda name=name: lake.rebuild([name]))
    lake.rebuild()
    mix = Mix("mixed_9_1", 1, partner=folder / "partner.jsonl")
    meter.step("export", lambda: export_mix(lake, folder / "mix", mix))
    rejected = lake.query("select table_name, rejected_because, rows from gold.stage_yields where rejected_because is not null").rows()
    splits = lake.query("select split, count(*) as n from gold.dataset group by split order by split").rows()
    tell(lake, n, meter, folder, [rejected, splits])


if __name__ == "__main__":
    main(__doc__, __file__, measure)
