"""Settings: read once, at the start, from vwi.toml and the command line, and handed down. Keys come from the environment only."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer, model_validator

from vwi_lake.errors import VwiError


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LakeSettings(Section):
    """Where the lake lies. A folder holds all; `catalog`, `data` and `blobs` move its parts to PostgreSQL and S3."""

    path: str = "lake"
    catalog: str | None = None  # "postgres:dbname=vwi host=…"; without one: sqlite in `path`
    data: str | None = None  # "s3://bucket/data/"; without one: Parquet files in `path`
    blobs: str | None = None  # "s3://bucket/blobs"; without one: files in `path`
    memory: str | None = Field(
        None, pattern=r"(?i)^\d+(\.\d+)? ?[kmgt]i?b$"
    )  # "4GB": DuckDB spills to disk beyond; without one: 80 % of all
    lease_s: float = Field(60.0, ge=1)  # a worker on another machine that was silent so long is dead: others take its work over

    @model_validator(mode="after")
    def _stores_go_together(self) -> Self:
        if "://" in (self.data or "") and self.blobs is None:
            raise ValueError('data is in a store, but blobs would stay here, where no other machine finds them: name blobs = "s3://…" too')
        return self


class SearchSettings(Section):
    """Keys are read from SERPAPI_API_KEY, GOOGLE_API_KEY and SERPER_API_KEY."""

    provider: Literal["local", "all", "serpapi", "google_vision", "serper"] | None = None  # without one: local where there are saved sites
    max_results: int = Field(60, ge=1, le=1000)  # of one seed
    rounds: int = Field(1, ge=1, le=100)  # from the second on, images of kept pairs are searched for
    match: Literal["visual_matches", "exact_matches"] = "visual_matches"  # what SerpApi is asked for
    language: str = "en"
    country: str = "us"
    timeout_s: float = Field(90.0, gt=0)
    price_usd: float | None = Field(None, ge=0)  # of one request; without one: the engine's list price
    max_requests: int | None = Field(None, ge=0)  # of all runs on this lake together
    budget_usd: float | None = Field(None, ge=0)  # likewise


class SeedsSettings(Section):
    """The table [seeds] of vwi.toml; its `path` is what --seeds names."""

    publish: str | None = Field(None, pattern="^s3://[^/]+")  # where seeds without an address go, for engines that want one
    expires_s: int = Field(86_400, ge=60, le=604_800)  # of the address handed out; S3 allows a week at most


class FetchSettings(Section):
    """Of the live web; saved sites only heed `browser`."""

    contact: str | None = None  # a URL or mail address that site owners can use; required for live fetching
    seconds_between: float = Field(default=1.0, ge=0.0)  # two requests to a host; its crawl-delay counts where it is longer
    in_flight: int = Field(default=256, ge=1)  # requests on the wire, over all hosts
    per_host: int = Field(default=1, ge=1)  # of them to one host
    timeout_s: float = Field(default=20.0, gt=0)  # to connect, and between two packets
    deadline_s: float = Field(default=60.0, gt=0)  # of one fetch, redirects and retries included; waiting does not count
    max_bytes: int = Field(default=20 * 1024 * 1024, gt=0)  # of a body, decoded
    retries: int = Field(default=2, ge=0)
    ports: tuple[int, ...] = (80, 443)  # the only ones asked
    tdmrep: bool = True  # ask each site for its /.well-known/tdmrep.json
    browser: bool = True  # render the pages that need it, where there is a Chromium


class EndpointSettings(Section):
    """One of several endpoints, in [[llm.endpoints]]; its key stays in the environment, under the name given here."""

    base_url: str | None = None  # without one: OpenAI's
    key_name: str = "OPENAI_API_KEY"
    share: float = Field(1.0, gt=0)  # of the requests, in proportion to the others'
    requests_per_minute: float | None = Field(None, gt=0)
    tokens_per_minute: float | None = Field(None, gt=0)
    in_flight: int | None = Field(None, ge=1)  # without one: [llm] in_flight

    @field_serializer("base_url")
    def _host_alone(self, url: str | None) -> str | None:
        """As settings are written down with each run: a gateway's path may hold a key."""
        return url and place_of(url)


def place_of(url: str) -> str:
    """An address without what may be secret in it: user, password, path, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class LlmSettings(Section):
    """Endpoint and key are read from OPENAI_BASE_URL and OPENAI_API_KEY where no `endpoints` are named."""

    model: str = "gpt-4o-mini"
    models: dict[str, str] = {}  # stage → model
    endpoints: tuple[EndpointSettings, ...] = ()
    timeout_s: float = Field(default=120.0, gt=0)  # of one attempt, from sending to its last byte
    in_flight: int = Field(default=32, ge=1)
    requests_per_minute: float | None = Field(None, gt=0)  # beside what the endpoint says of itself
    tokens_per_minute: float | None = Field(None, gt=0)
    drafts: int = Field(default=4, ge=1)
    drafts_at_once: bool = False  # ask for them with `n`, where the server bills the prompt once
    adaptive: bool = False  # draft no further once the vote is decided
    temperature: float = 1.0  # of the drafts; all other calls use 0
    temperatures: dict[str, float] = {}  # stage → temperature
    reply_tokens: dict[str, int] = {}  # stage → the most that a reply may have; models that think at length want more
    seed: int | None = None  # sent with each request; sample number added
    image_side: int = Field(1024, ge=64)  # longest side, in pixels, that a model is sent
    batch: tuple[str, ...] = ()  # stages asked through the Batch API: cheaper, and up to a day later
    batch_price: float = Field(0.5, ge=0, le=1)  # share of the price that a batch costs
    prices: dict[str, tuple[float, float]] = {}  # model → USD per million prompt and completion tokens; else sql/seeds/llm_prices.csv

    def model_of(self, stage: str) -> str:
        return self.models.get(stage, self.model)

    def temperature_of(self, stage: str) -> float:
        return self.temperatures.get(stage, self.temperature if stage == "draft_answers" else 0.0)


class BudgetSettings(Section):
    """Of all model calls on this lake together. At a limit the asking stops; what waits goes on when the limit is raised."""

    usd: float | None = Field(None, ge=0)
    tokens: int | None = Field(None, ge=0)
    calls: int | None = Field(None, ge=0)  # requests sent, retries too


class ExtractSettings(Section):
    extractors: tuple[Literal["markup", "llm"], ...] = ("markup", "llm")  # llm takes part where an endpoint is configured
    max_tokens: int = 12_000  # of a page's document, as the model sees it; a longer one is read in parts
    overlap_tokens: int = 800  # that a part repeats of the one before, so that a pair across the edge is whole in one
    most_parts: int = 12
    markup_pairs: Literal["ignore", "hints", "spare"] = "ignore"  # told to the model; or no call where each has its solution


class PrefectSettings(Section):
    """Of the server that `vwi up` starts."""

    # stage, or `llm` for all that ask a model → batches at a time, over all flow runs. At one, all together keep to [fetch] and [llm].
    limits: dict[str, Annotated[int, Field(ge=1)]] = {"fetch_pages": 1, "fetch_images": 1, "search_images": 1, "llm": 1}


class MetricsSettings(Section):
    """Prometheus metrics of a run, served while it goes."""

    port: int | None = Field(None, ge=0, le=65_535)  # 0: any that is free; without one: none are served
    host: str = "127.0.0.1"


class Settings(Section):
    lake: LakeSettings = LakeSettings()
    search: SearchSettings = SearchSettings()
    fetch: FetchSettings = FetchSettings()
    llm: LlmSettings = LlmSettings()
    budget: BudgetSettings = BudgetSettings()
    extract: ExtractSettings = ExtractSettings()
    prefect: PrefectSettings = PrefectSettings()
    metrics: MetricsSettings = MetricsSettings()
    web: tuple[str, ...] = ()  # saved sites to use instead of the live web
    seeds: str | None = None  # a folder, an image, or a list of images
    seeding: SeedsSettings = SeedsSettings()
    benchmarks: tuple[str, ...] = ()  # evaluation sets that the data must not give away: folders or files of Parquet, JSONL, JSON
    sql: str | None = None  # a folder laid out like sql/; its files replace those of the same name
    processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    compute: Literal["processes", "ray"] = "processes"  # where pages and images are read; ray: in flows only (flows/on_ray.py)


def load(config: str | None = None, **overrides: Any) -> Settings:
    """Settings from `config` (or ./vwi.toml where there is one), the given overrides (None = not given) on top."""
    path = Path(config or "vwi.toml")
    values = _seeds_table(_read_toml(path)) if config or path.exists() else {}
    for dotted, value in overrides.items():
        if value is not None and value != ():
            _set(values, dotted.split("__"), value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise VwiError(f"{path if values else 'settings'}: {_explain(error)}") from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VwiError(f"no settings file at {path}: name one that exists, or leave --config out to use the defaults") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VwiError(f"{path} is not a readable TOML file: {error}") from None


def _seeds_table(values: dict[str, Any]) -> dict[str, Any]:
    """`[seeds]` may be a table as well as a path, so that --seeds replaces the path and leaves the rest."""
    table = values.get("seeds")
    return {**values, "seeds": table.pop("path", None), "seeding": table} if isinstance(table, dict) else values


def _set(values: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            raise VwiError(f"{key} is a section of the settings: write [{key}] and its settings below it, not {key} = {values!r}")
    values[path[-1]] = value


def _explain(error: ValidationError) -> str:
    return "; ".join(_explain_one(e["type"], e["loc"], e["msg"], e.get("input")) for e in error.errors())


def _explain_one(kind: str, place: tuple, message: str, value: Any) -> str:
    name = ".".join(str(p) for p in place).replace("seeding.", "seeds.")
    if kind == "value_error":  # of a whole section, which may name a password
        return f"{name}: {message.removeprefix('Value error, ')}"
    if kind != "extra_forbidden":
        return f"{name}: {message} (it says {value!r})"
    known = _known(place[:-1])
    close = difflib.get_close_matches(str(place[-1]), known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(sorted(known))}"
    return f"unknown setting {name!r}: {hint}"


def _known(section: tuple) -> list[str]:
    model: Any = Settings
    for key in section:
        model = model.model_fields[key].annotation
    return list(model.model_fields)
