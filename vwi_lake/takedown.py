"""Take a domain, a page or an image out of everything: tables, older snapshots, blobs and books of replies; and keep it out.

Only a hash of what was forgotten stays, in bronze.forgotten, by which later runs know it when they meet it again.
"""

import hashlib
import json
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from vwi_lake import crew
from vwi_lake.books import open_book
from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.providers import reply_book, spool
from vwi_lake.providers.spool import LLM_BOOK
from vwi_lake.web.inline import without_images
from vwi_lake.web.urls import canonical, host_of, page_key, registered_domain

log = logging.getLogger(__name__)
Kind = Literal["domain", "page", "image"]
TODO = "forgetting.json"
CACHES = ("image-index", "rendered", "dashboard", "site-files.sqlite", "llm-batches", "evaluations")  # made again when they are needed
BOOKS = {LLM_BOOK: ("request_hash", "llm_calls"), "search-replies.sqlite": ("search_id", "searches")}
# In a process of its own: who closes a file drops all locks that its process has on it, and DuckDB has an SQLite of its own.
SHRINK = """
import sqlite3, sys
catalog = sqlite3.connect(sys.argv[1], timeout=60)
catalog.execute("vacuum")
catalog.close()
"""
LLM_TABLES = ("replies", "exchanges", "batched")  # those of the spool whose rows are about somebody


@dataclass(frozen=True, kw_only=True)
class Forgotten(Record):
    """bronze.forgotten: one row per takedown."""

    TABLE: ClassVar[str] = "forgotten"

    kind: str  # domain | page | image
    key: str  # sha256 of kind and name, so that the name itself is nowhere


class KeptOut(frozenset[str]):
    """Keys of what was forgotten."""

    def url(self, url: str) -> bool:
        """Whether the page was forgotten, or the domain it is on."""
        if not self:
            return False
        try:
            labels = host_of(canonical(url)).rstrip(".").split(".")
        except ValueError:
            return False
        domains = (".".join(labels[n:]) for n in range(len(labels)))
        pages = (canonical(url), page_key(url))  # the first: of takedowns before any spelling counted
        return any(key_of("page", page) in self for page in pages) or any(key_of("domain", domain) in self for domain in domains)

    def image(self, sha256: str | None) -> bool:
        return sha256 is not None and key_of("image", sha256) in self


def key_of(kind: Kind, name: str) -> str:
    return hashlib.sha256(f"{kind} {name}".encode()).hexdigest()


@dataclass(frozen=True)
class Takedown:
    kind: Kind
    name: str  # a domain in lower case, a page by page_key, an image by its sha256

    @classmethod
    def of(cls, domain: str | None = None, page: str | None = None, image: str | None = None) -> "Takedown":
        """From what a person wrote; VwiError where that is nothing, or several things."""
        given = [(kind, name) for kind, name in (("domain", domain), ("page", page), ("image", image)) if name and name.strip()]
        if len(given) != 1:
            raise VwiError("name one thing to forget: --domain example.org, --page https://…, or --image SHA256")
        kind, name = given[0]
        try:
            spell: dict[str, Callable[[str], str]] = {"domain": _domain, "page": page_key, "image": _image}
            written = spell[kind](name.strip())
        except ValueError as error:
            raise VwiError(f"{name!r} is no {kind}: {error}") from None
        return cls(kind, written)  # type: ignore[arg-type]


def _domain(name: str) -> str:
    """`*.example.org`, `example.org.` and `https://example.org/` mean the domain; a public suffix would mean everybody."""
    address = name if "://" in name else f"http://{name.removeprefix('*.')}/"
    if urlsplit(address).path not in ("", "/"):
        raise ValueError("name the domain alone, or the page with --page")
    host = host_of(canonical(address)).rstrip(".")
    if registered_domain(host) is None and not host.replace(".", "").isdigit() and ":" not in host:
        raise ValueError("that is a public suffix or a single label, under which many sites lie")
    return host


def _image(name: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", name.lower()):
        raise ValueError("an image is named by its sha256, 64 hex digits, as gold.dataset lists it")
    return name.lower()


HOST = "rtrim(lower(regexp_extract({0}, '^[A-Za-z]+://([^/:?#]+)', 1)), '.')"
URLS = {
    "gone_pages": (
        "search_hits.page_url",
        "search_hits.url",
        "page_fetches.url",
        "page_fetches.final_url",
        "page_trees.url",
        "qa_extractions.url",
    ),
    "gone_images": ("image_fetches.image_url", "image_fetches.final_url", "search_hits.image_url", "seeds.url", "seeds.source"),
}
# What is gone, in the order it is found out; each reads those before it.
FOUND = """
insert into gone_pages
  select url from bronze.page_fetches where final_url in (from gone_pages) or list_has_any(via, (select list(url) from gone_pages));
insert into gone_images select image_url from bronze.image_fetches where sha256 in (from gone_files) or body_sha in (from gone_files);
insert into gone_images
  select unnest(images).url from bronze.page_trees where url in (from gone_pages)
  except select unnest(images).url from bronze.page_trees where url not in (from gone_pages);
insert into gone_files
  select unnest([sha256, body_sha]) from bronze.image_fetches where image_url in (from gone_images)
  except select unnest([sha256, body_sha]) from bronze.image_fetches where image_url not in (from gone_images);
insert into gone_pairs
  select qa_id
  from (select qa_id, page_url, solution_url, list_transform(list_concat(question_files, solution_files), lambda file: file.sha256) as files
    from verdicts.qa_candidates)
  where page_url in (from gone_pages) or solution_url in (from gone_pages) or list_has_any(files, (select list(sha256) from gone_files));
insert into gone_pairs -- of earlier readings too, as silver.qa_candidates names them
  select left(sha256(concat_ws(chr(31), url, pair.question, array_to_string(pair.question_images, chr(30)))), 20)
  from (select url, unnest(pairs) as pair from bronze.qa_extractions where url in (from gone_pages));
insert into gone_seeds
  select seed_id from bronze.seeds where seed_id in (from gone_files) and (getvariable('is_image') or folder = 'mined');
insert into gone_searches
  select search_id from bronze.search_hits
  where page_url in (from gone_pages) or url in (from gone_pages) or image_url in (from gone_images);
"""
COLUMNS = {
    "gone_pages": "url",
    "gone_images": "image_url",
    "gone_files": "sha256",
    "gone_pairs": "qa_id",
    "gone_seeds": "seed_id",
    "gone_searches": "search_id",
}
PAIR = "qa_id in (from gone_pairs)"
ROWS = {
    "search_hits": "page_url in (from gone_pages) or url in (from gone_pages) or seed_id in (from gone_seeds)",
    "searches": "seed_id in (from gone_seeds)",
    "page_fetches": "url in (from gone_pages)",
    "page_trees": "url in (from gone_pages)",
    "image_fetches": "image_url in (from gone_images)",
    "qa_extractions": "url in (from gone_pages)",
    "qa_checks": PAIR,
    "answer_drafts": PAIR,
    "answer_comparisons": PAIR,
    "answer_alignments": PAIR,
    "eval_samples": "task = 'held_out' and doc_id in (from gone_pairs)",  # what models made of the pairs that are held out
    "llm_calls": "subject_id in (from gone_pages) or subject_id in (from gone_pairs)",
    "seeds": "url in (from gone_images) or source in (from gone_images) or seed_id in (from gone_seeds)",
}
# What a search engine replied names all its hits: replies that named what is gone go with it.
STRIPPED = {
    "searches": "* replace (if(search_id in (from gone_searches), null, reply_shas) as reply_shas)",
    "search_hits": "* replace (if(image_url in (from gone_images), null, image_url) as image_url)",  # the page shows other pictures too
}
# An image written into a page that stays is cut out of it: the page is another blob from then on, and nothing about it is asked anew.
CUT = "coalesce((select max(new) from cut where old = body_sha), body_sha) as body_sha"
STRIPPED |= dict.fromkeys(("page_fetches", "qa_extractions"), f"* replace ({CUT})")
STRIPPED["page_trees"] = (
    f"* replace ({CUT}, list_filter(images, lambda i: not list_contains(getvariable('gone_inline')::varchar[], i.url)) as images)"
)
WRITTEN_IN = """
select distinct body_sha
from (select url, body_sha, unnest(images).url as image_url from bronze.page_trees)
where image_url in (from gone_images) and starts_with(image_url, 'data:') and url not in (from gone_pages)
"""
SUBJECTS = "select url as subject_id from gone_pages union select qa_id from gone_pairs"
BLOBS = """
select unnest(reply_shas) as sha256 from bronze.searches union
select body_sha from bronze.page_fetches union
select tree_sha from bronze.page_trees union
select unnest(images).blob_sha from bronze.page_trees union
select unnest([sha256, body_sha]) from bronze.image_fetches union
select seed_id from bronze.seeds
"""


def find(lake: Lake, takedown: Takedown) -> dict[str, int]:
    """Rows per table that would go; leaves the sets of keys in temporary tables of the lake's connection."""
    lake.rebuild()
    for name, column in COLUMNS.items():
        lake.run(f"create or replace temp table {name} ({column} varchar)")
    lake.set(is_image=takedown.kind == "image")
    if takedown.kind == "image":
        lake.run("insert into gone_files values ($1)", [takedown.name])
    else:
        for name, places in URLS.items():
            for place in places:
                lake.run(f"insert into {name} select unnest($1::varchar[])", [_meant(lake, place, takedown)])
    for statement in FOUND.split(";"):
        if statement.strip():
            lake.run(statement)
    counts = {
        f"bronze.{table}": lake.query(f"select count(*) as n from bronze.{table} where {gone}")["n"][0] for table, gone in ROWS.items()
    }
    pairs = lake.query("select count(*) as n from gold.dataset where qa_id in (from gone_pairs)")["n"][0]
    return {name: n for name, n in {**counts, "gold.dataset": pairs}.items() if n}


def _meant(lake: Lake, place: str, takedown: Takedown) -> list[str]:
    """Addresses in a column of bronze that are on the domain, or of the page in any spelling."""
    table, column = place.split(".")
    host = HOST.format(column)
    if takedown.kind == "domain":
        where, parameters = f"{host} = $1 or ends_with({host}, '.' || $1)", [takedown.name]
        return lake.query(f"select distinct {column} as url from bronze.{table} where {where}", parameters)["url"].to_list()
    found = lake.query(f"select distinct {column} as url from bronze.{table} where regexp_matches({column}, '^[A-Za-z]+://')")
    return [url for url in found["url"] if _key_or_none(url) == takedown.name]


def _key_or_none(url: str) -> str | None:
    try:
        return page_key(url)
    except ValueError:
        return None


def forget(lake: Lake, takedown: Takedown, run_id: str, folder: Path) -> dict[str, int]:
    """Carry it out: afterwards the lake has one snapshot, without it. Nobody else may write meanwhile.

    What a kill interrupts, the next takedown or run finishes: what has still to go is written down first.
    """
    if any((folder / "unsaved").glob("*.jsonl")):
        raise VwiError(f"a run is writing to {folder}: what it holds would come back. Let it end, then forget.")
    with closing(open_book(lake.settings, "crew", crew.TABLES)) as book:
        if (n := book.rows("select count(*) from workers")[0][0]) > 1:  # this run is one
            raise VwiError(f"{n - 1} other workers write to this lake: what they hold would come back. Let them end, then forget.")
    finish(lake, folder)
    counts = find(lake, takedown)
    # an image is known by its bytes as they came, too
    names = (
        {takedown.name, *lake.query("select sha256 from gone_files")["sha256"].drop_nulls()}
        if takedown.kind == "image"
        else {takedown.name}
    )
    lake.append([Forgotten(run_id=run_id, kind=takedown.kind, key=key_of(takedown.kind, name)) for name in sorted(names)])
    _cut_out(lake)
    hashes = {
        book: lake.query(f"select distinct {key} as key from bronze.{table} where {ROWS[table]}")["key"]
        for book, (key, table) in BOOKS.items()
    }
    keys = {book: set(found) for book, found in hashes.items()}
    keys[LLM_BOOK] |= _not_in_the_lake(lake, folder, set(lake.query(SUBJECTS)["subject_id"]))
    blobs = lake.query(BLOBS)["sha256"].drop_nulls().to_list()
    _write_whole(folder / TODO, {"blobs": blobs, **{book: sorted(found) for book, found in keys.items()}})
    lake.rewrite(
        {table: (STRIPPED.get(table, "*"), f"not coalesce({gone}, false)") for table, gone in ROWS.items()}, f"forgot a {takedown.kind}"
    )
    return {**counts, "blobs": finish(lake, folder)}


def _cut_out(lake: Lake) -> None:
    """Keep pages without the images that go; `cut` says which blob stands for which."""
    lake.run("create or replace temp table cut (old varchar, new varchar)")
    lake.set(gone_inline=lake.query("select image_url from gone_images where starts_with(image_url, 'data:')")["image_url"].to_list())
    gone = set(lake.query("select sha256 from gone_files")["sha256"])
    for old in lake.query(WRITTEN_IN)["body_sha"]:
        body = lake.blobs.get(old)
        without = without_images(body, gone.__contains__)
        if without == body:
            log.warning("an image could not be cut out of a page that shows it (blob %s): forget the page too", old[:12])
        else:
            lake.run("insert into cut values ($1, $2)", [old, lake.blobs.put(without)])


def _not_in_the_lake(lake: Lake, folder: Path, subjects: set[str]) -> set[str]:
    """Hashes of what is about them and no row tells of: prompts of batches that are out, replies of a run that was killed."""
    if lake.settings.catalog is None and not (folder / LLM_BOOK).is_file():
        return set()
    opened = spool.Spool(folder / LLM_BOOK, lake.settings)  # takes in what a killed run left
    rows = {table: opened.reader.rows(f"select request_hash, subject_id from {table}") for table in LLM_TABLES}
    opened.close()
    if out := sum(subject in subjects for _, subject in rows["batched"]):
        log.warning(
            "%s requests about it are in batches that are out: their replies are not taken, their prompts stay at the endpoint", out
        )
    return {key for of_table in rows.values() for key, subject in of_table if subject in subjects}


def finish(lake: Lake, folder: Path) -> int:
    """Do what a takedown has still to do, and count the blobs that went."""
    if not (folder / TODO).is_file():
        return 0
    todo = json.loads((folder / TODO).read_text())
    lake.rebuild()
    gone = set(todo["blobs"]) - set(lake.query(BLOBS)["sha256"].drop_nulls())
    for sha in gone:
        lake.blobs.delete(sha)
    lake.forget_snapshots()
    _clear(lake, folder, todo)
    (folder / TODO).unlink()
    return len(gone)


def _strike(lake: Lake, name: str, key: str, values: list[str]) -> None:
    tables, made = (LLM_TABLES, spool.TABLES) if name == LLM_BOOK else (("replies",), reply_book.TABLES)
    with closing(open_book(lake.settings, Path(name).stem, made)) as book:
        book.write([(f"delete from {table} where {key} = ?", (value,)) for table in tables for value in values])
        book.shrink(tables)


def _write_whole(path: Path, content: dict) -> None:
    path.with_suffix(".part").write_text(json.dumps(content))
    path.with_suffix(".part").replace(path)


def _clear(lake: Lake, folder: Path, hashes: dict[str, list[str]]) -> None:
    """Caches go whole; of the books of replies, those lines."""
    for name in CACHES:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    for name, (key, _) in BOOKS.items():
        if lake.settings.catalog is not None or (folder / name).is_file():
            _strike(lake, name, key, hashes[name])
    if lake.settings.catalog is None:
        subprocess.run([sys.executable, "-c", SHRINK, folder / "catalog.sqlite"], check=True)  # noqa: S603 - our own interpreter and code
