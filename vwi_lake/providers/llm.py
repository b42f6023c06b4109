"""Settings and environment in, the ledger with its endpoints out."""

import logging
import os
from importlib.util import find_spec
from pathlib import Path

import openai

from vwi_lake.blobs import Blobs
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.providers.budget import Purse
from vwi_lake.providers.ledger import Ledger
from vwi_lake.providers.llm_batch import Batches
from vwi_lake.providers.llm_endpoint import Endpoint
from vwi_lake.providers.llm_limits import Pace
from vwi_lake.providers.llm_pictures import data_url
from vwi_lake.providers.llm_reply import PASSING, LlmReply
from vwi_lake.providers.openai_llm import OpenAiLlm
from vwi_lake.providers.prices import Prices, read_prices
from vwi_lake.providers.spool import LLM_BOOK, Spool
from vwi_lake.rules import rules_of
from vwi_lake.settings import EndpointSettings, LlmSettings, Settings

_STAGES = ("extract_qa", "check_qa", "draft_answers", "compare_answers", "align_answers")


def make_llm(settings: Settings, blobs: Blobs) -> Ledger | None:
    """None where no endpoint is configured: the stages that need one say so."""
    asked = endpoints_of(settings.llm)
    if not asked:
        return None
    for name in ("batch", "models", "temperatures", "reply_tokens"):
        for stage in getattr(settings.llm, name):
            if stage not in _STAGES:
                raise VwiError(f"[llm] {name} names {stage!r}, which asks no model: the stages that do are {', '.join(_STAGES)}")
    folder, prices = Path(settings.lake.path), prices_of(settings)
    spool = Spool(folder / LLM_BOOK, settings.lake)
    remember(spool, settings)
    purse = Purse(settings.budget, spool, prices)
    endpoints = [make_endpoint(each, settings.llm) for each in asked]
    batches = Batches(endpoints[0], purse, folder / "llm-batches", settings.llm.batch_price) if settings.llm.batch else None

    def picture(sha: str, side: int) -> str:
        return data_url(blobs.get(sha), side)

    return Ledger(OpenAiLlm(endpoints, purse), purse, settings.llm, picture, batches)


def endpoints_of(llm: LlmSettings) -> list[EndpointSettings]:
    """Those of the settings, else the one of the environment."""
    if llm.endpoints:
        return list(llm.endpoints)
    base_url = os.environ.get("OPENAI_BASE_URL")
    if not base_url and not os.environ.get("OPENAI_API_KEY"):
        return []
    return [EndpointSettings(base_url=base_url, requests_per_minute=llm.requests_per_minute, tokens_per_minute=llm.tokens_per_minute)]


def make_endpoint(asked: EndpointSettings, llm: LlmSettings) -> Endpoint:
    key = os.environ.get(asked.key_name, "").strip()
    if not key and not asked.base_url:
        raise VwiError(f"an LLM endpoint needs a key: set {asked.key_name} in the environment")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise VwiError(f"{asked.key_name} holds characters that no key has: set it again")
    if asked.base_url and not asked.base_url.startswith(("https://", "http://")):
        raise VwiError("the LLM endpoint's address is no http(s) address: correct OPENAI_BASE_URL or base_url in [[llm.endpoints]]")
    if asked.base_url and "@" in asked.base_url:
        raise VwiError(f"the LLM endpoint's address holds a user or a password: take them out, and set the key in {asked.key_name}")
    in_flight = asked.in_flight or llm.in_flight
    client = make_client(asked.base_url, key or "none", llm.timeout_s)
    return Endpoint(client, Pace(in_flight, asked.requests_per_minute, asked.tokens_per_minute), llm.timeout_s, asked.share)


def make_client(base_url: str | None, key: str, timeout_s: float) -> openai.AsyncOpenAI:
    """Over aiohttp where it is installed: a third less CPU a call. No retries of its own: a hidden one may be billed twice."""
    for name in ("openai", "httpx2", "httpx", "httpcore"):  # they log addresses, whose paths may hold keys, and whole prompts
        logging.getLogger(name).setLevel(logging.WARNING)
    http = openai.DefaultAioHttpClient(timeout=timeout_s) if find_spec("aiohttp") else None
    return openai.AsyncOpenAI(base_url=base_url, api_key=key, timeout=timeout_s, max_retries=0, http_client=http)


def prices_of(settings: Settings) -> Prices:
    return read_prices(rules_of(settings).csv_tables["seeds.llm_prices"], settings.llm.prices)


REMEMBERED = """
select distinct on (request_hash) request_hash, subject_id, reply, model, prompt_tokens, completion_tokens, cached_tokens, latency_s,
  attempts, outcome, possibly_paid, form, endpoint, cost_usd
from bronze.llm_calls where not list_contains($1, outcome)
order by request_hash, outcome <> 'ok', asked_at
"""


COUNTED = "select count(distinct request_hash) as n from bronze.llm_calls where not list_contains($1, outcome)"


def remember(spool: Spool, settings: Settings) -> None:
    """A lake that came without its spool (copied, shared, restored) knows its replies too."""
    try:
        lake = Lake.read(settings.lake)
    except VwiError:
        return  # no lake yet
    try:
        if lake.query("from duckdb_tables() where table_name = 'llm_calls' and schema_name = 'bronze'").is_empty():
            return
        if lake.query(COUNTED, [list(PASSING)])["n"][0] > spool.count():
            rows = lake.query(REMEMBERED, [list(PASSING)]).iter_rows(named=True)
            spool.learn((row.pop("request_hash"), row.pop("subject_id"), LlmReply(text=row.pop("reply"), **row)) for row in rows)
    finally:
        lake.close()
