"""What the URL rules say to one address, step by step. The rules are sql/silver/urls.sql: they judge a lake of one hit."""

from dataclasses import dataclass

import polars as pl

from vwi_lake.columns import frame
from vwi_lake.lake import Lake, csv_rows
from vwi_lake.providers import Hit
from vwi_lake.rules import Rules
from vwi_lake.scratch import build, put, scratch
from vwi_lake.stages.search_images import Search, SearchHit, hit_record

WHY = {
    None: "kept",
    "not_a_url": "no http(s) address",
    "blocked_domain": "on the blocklist",
    "not_a_page": "ends like a file, not like a page (sql/seeds/file_extensions.csv)",
    "duplicate_url": "another hit found the same URL first",
    "variant_url": "the same page was found under a better spelling (desktop, https, no print or AMP)",
    "domain_cap": "its domain has more URLs than sql/seeds/domain_caps.csv allows, and better ranked",
}


@dataclass(frozen=True)
class Step:
    """What one rule said, and whether the URL's way ends there."""

    name: str
    says: str
    stops: bool = False


def explain(url: str, rules: Rules, lake: Lake | None = None) -> list[Step]:
    """The steps in the order of the rules; then the verdict, and what an open lake knows of it."""
    hit = hit_record(Hit(rank=1, page_url=url, image_url=None, score=1.0), "one", {"seed_id": None, "provider": "you"})
    row = judge(hit, rules)
    steps = _address(hit, row) if hit.url else []
    reason = row["rejected_because"]
    steps.append(Step("verdict", "kept" if reason is None else f"{reason}: {WHY.get(reason, 'a rule of your own')}", reason is not None))
    return steps + (_in_lake(row, rules, lake) if lake and hit.url else [])


def judge(hit: SearchHit, rules: Rules) -> dict:
    """The row of verdicts.urls for this hit alone."""
    connection = scratch(rules, [Search, SearchHit])
    try:
        put(connection, "bronze.searches", frame([Search(search_id=hit.search_id, seed_id=None, provider=hit.provider, corpus="")]))
        put(connection, "bronze.search_hits", frame([hit]))
        return build(connection, rules, "silver.urls").to_dicts()[0]
    finally:
        connection.close()


def _address(hit: SearchHit, row: dict) -> list[Step]:
    blocked = row["blocked_by"] and f"entry {row['blocked_by']} ({row['blocked_category']})"
    return [
        Step("canonical", hit.url or ""),
        Step("tracking", "no tracking parameters" if row["url"] == hit.url else f"dropped: {row['url']}"),
        Step("host", hit.host or ""),
        Step("registrable domain", hit.domain or "none (an IP address, a single label or a public suffix)"),
        Step("blocklist", blocked or "no entry, or allowed", bool(blocked)),
        Step(
            "extension", WHY["not_a_page"] if row["rejected_because"] == "not_a_page" else "a page", row["rejected_because"] == "not_a_page"
        ),
    ]


def _in_lake(row: dict, rules: Rules, lake: Lake) -> list[Step]:
    if not lake.query(
        "select 1 from duckdb_tables() where database_name = 'lake' and schema_name = 'verdicts' and table_name = 'urls'"
    ).height:
        return [Step("in the lake", "this lake has judged no URLs yet: vwi run, or vwi rebuild")]
    counted = "select rejected_because, count(*) as hits, min(rank) as rank, min(same_page_as) as same_page_as from verdicts.urls"
    found = lake.query(f"{counted} where url = $1 group by rejected_because", [row["url"]])
    return [_cap(row, rules, lake), Step("in the lake", _said(found) if found.height else "not found by any search")]


def _said(found: pl.DataFrame) -> str:
    by_reason = sorted(found.iter_rows(), key=lambda r: (r[0] is not None, r[0] or ""))
    return "; ".join(_counted(*row) for row in by_reason)


def _counted(reason: str | None, hits: int, rank: int, same_page_as: str | None) -> str:
    instead = f"; kept instead: {same_page_as}" if reason == "variant_url" else ""
    return f"{reason or 'kept'} ({hits} hit{'s' * (hits > 1)}, best rank {rank}{instead})"


def _cap(row: dict, rules: Rules, lake: Lake) -> Step:
    site = row["domain"] or row["host"]
    count = "select count(*) filter (rejected_because is null), count(*) filter (rejected_because = 'domain_cap') from verdicts.urls"
    kept, over = lake.query(f"{count} where coalesce(domain, host) = $1", [site]).row(0)
    caps = dict(csv_rows("seeds.domain_caps", rules.csv_tables["seeds.domain_caps"]).iter_rows())
    limit = caps.get(site, caps.get("*"))
    return Step("domain cap", f"{site}: {kept} URLs kept, {over} over the cap ({f'at most {limit}' if limit else 'no limit'})")
