"""Take a domain, a page or an image out of everything: tables, older snapshots, blobs and books of replies; and keep it out.

Only a hash of what was forgotten stays, in bronze.forgotten, by which later runs know it when they meet it again.
"""

import hashlib
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.web.urls import canonical, host_of

Kind = Literal["domain", "page", "image"]
CACHES = ("image-index", "rendered", "site-files.sqlite")  # made again when they are needed
BOOKS = {"llm-replies.sqlite": ("request_hash", "llm_calls"), "search-replies.sqlite": ("search_id", "searches")}


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
            labels = host_of(canonical(url)).split(".")
        except ValueError:
            return False
        domains = (".".join(labels[n:]) for n in range(len(labels)))
        return key_of("page", canonical(url)) in self or any(key_of("domain", domain) in self for domain in domains)

    def image(self, sha256: str | None) -> bool:
        return sha256 is not None and key_of("image", sha256) in self


def key_of(kind: Kind, name: str) -> str:
    return hashlib.sha256(f"{kind} {name}".encode()).hexdigest()


@dataclass(frozen=True)
class Takedown:
    kind: Kind
    name: str  # canonical: a domain in lower case, a page's URL, an image's sha256

    @classmethod
    def of(cls, domain: str | None = None, page: str | None = None, image: str | None = None) -> "Takedown":
        """From what a person wrote; VwiError where that is nothing, or several things."""
        given = [(kind, name) for kind, name in (("domain", domain), ("page", page), ("image", image)) if name]
        if len(given) != 1:
            raise VwiError("name one thing to forget: --domain example.org, --page https://…, or --image SHA256")
        kind, name = given[0]
        try:
            written = {"domain": lambda: host_of(canonical(f"http://{name}/")), "page": lambda: canonical(name), "image": name.lower}[
                kind
            ]()
        except ValueError as error:
            raise VwiError(f"{name!r} is no {kind}: {error}") from None
        return cls(kind, written)  # type: ignore[arg-type]


HOST = "lower(regexp_extract({0}, '^[A-Za-z]+://([^/:?#]+)', 1))"
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
  from (select qa_id, page_url, list_transform(list_concat(question_files, solution_files), lambda file: file.sha256) as files
    from verdicts.qa_candidates)
  where page_url in (from gone_pages) or list_has_any(files, (select list(sha256) from gone_files));
insert into gone_searches
  select search_id from bronze.search_hits
  where page_url in (from gone_pages) or url in (from gone_pages) or image_url in (from gone_images);
"""
COLUMNS = {"gone_pages": "url", "gone_images": "image_url", "gone_files": "sha256", "gone_pairs": "qa_id", "gone_searches": "search_id"}
PAIR = "qa_id in (from gone_pairs)"
ROWS = {
    "search_hits": "page_url in (from gone_pages) or url in (from gone_pages) or image_url in (from gone_images)"
    " or seed_id in (from gone_files)",
    "searches": "seed_id in (from gone_files)",
    "page_fetches": "url in (from gone_pages)",
    "page_trees": "url in (from gone_pages)",
    "image_fetches": "image_url in (from gone_images)",
    "qa_extractions": "url in (from gone_pages)",
    "qa_checks": PAIR,
    "answer_drafts": PAIR,
    "answer_comparisons": PAIR,
    "answer_alignments": PAIR,
    "llm_calls": "subject_id in (from gone_pages) or subject_id in (from gone_pairs)",
    "seeds": "url in (from gone_images) or source in (from gone_images) or seed_id in (from gone_files)",
}
# What a search engine replied names all its hits: replies that named what is gone go with it.
STRIPPED = {"searches": "* replace (if(search_id in (from gone_searches), null, reply_shas) as reply_shas)"}
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
    if takedown.kind == "image":
        lake.run("insert into gone_files values ($1)", [takedown.name])
    else:
        for name, places in URLS.items():
            for place in places:
                table, column = place.split(".")
                lake.run(
                    f"insert into {name} select distinct {column} from bronze.{table} where {_is_meant(column, takedown)}", [takedown.name]
                )
    for statement in FOUND.split(";"):
        if statement.strip():
            lake.run(statement)
    counts = {
        f"bronze.{table}": lake.query(f"select count(*) as n from bronze.{table} where {gone}")["n"][0] for table, gone in ROWS.items()
    }
    pairs = lake.query("select count(*) as n from gold.dataset where qa_id in (from gone_pairs)")["n"][0]
    return {name: n for name, n in {**counts, "gold.dataset": pairs}.items() if n}


def _is_meant(column: str, takedown: Takedown) -> str:
    host = HOST.format(column)
    return f"{column} = $1" if takedown.kind == "page" else f"{host} = $1 or ends_with({host}, '.' || $1)"


def forget(lake: Lake, takedown: Takedown, run_id: str, folder: Path) -> dict[str, int]:
    """Carry it out: afterwards the lake has one snapshot, without it. Nobody else may write meanwhile."""
    counts = find(lake, takedown)
    before = set(lake.query(BLOBS)["sha256"].drop_nulls())
    hashes = {
        book: lake.query(f"select distinct {key} as key from bronze.{table} where {ROWS[table]}")["key"]
        for book, (key, table) in BOOKS.items()
    }
    lake.rewrite(
        {table: (STRIPPED.get(table, "*"), f"not coalesce({gone}, false)") for table, gone in ROWS.items()}, f"forgot a {takedown.kind}"
    )
    lake.append([Forgotten(run_id=run_id, kind=takedown.kind, key=key_of(takedown.kind, takedown.name))])
    lake.stale |= set(lake.rules.models)
    lake.rebuild()
    gone = before - set(lake.query(BLOBS)["sha256"].drop_nulls())
    for sha in gone:
        lake.blobs.delete(sha)
    lake.forget_snapshots()
    _clear(folder, hashes)
    return {**counts, "blobs": len(gone)}


def _clear(folder: Path, hashes: dict[str, pl.Series]) -> None:
    """Caches go whole; of the books of replies, those lines."""
    for name in CACHES:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    for book, (key, _) in BOOKS.items():
        if (folder / book).is_file():
            with closing(sqlite3.connect(folder / book, isolation_level=None)) as connection:
                connection.executemany(f"delete from replies where {key} = ?", [(value,) for value in hashes[book]])
                connection.execute("vacuum")
    with suppress(FileNotFoundError), closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog:
        catalog.execute("vacuum")
