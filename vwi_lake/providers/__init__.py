"""The seams to the outside world: one Protocol with one method each, one module per provider."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class Fetched:
    """What came back for one URL. Failures are values: `error` holds the class, `body` is then None."""

    url: str
    final_url: str
    status: int | None = None
    content_type: str | None = None  # media type only, lower case: "text/html"
    charset: str | None = None  # as declared by the Content-Type header, unresolved
    headers: dict[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes | None = None
    error: str | None = None  # snake_case class: "not_saved", "timeout", "too_large", "robots" …
    rendered: bool = False  # the body is what a browser made of the page
    via: tuple[str, ...] = ()  # addresses that redirected, in order
    robots: str | None = None  # what robots.txt said of the last address asked: allowed | denied | unreachable
    robots_source: str | None = None  # who said so: "https://a.example/robots.txt 200"
    opt_out: str | None = None  # an opt-out that the site states for this address elsewhere than in its headers
    retry_at: datetime | None = None  # not to be asked again before


@dataclass(frozen=True)
class Known:
    """What an earlier fetch left, so that an unchanged page need not be sent again."""

    url: str  # the address that answered
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Hit:
    """One page that shows the image asked about; rank 1 is best, score in [0, 1]."""

    rank: int
    page_url: str
    image_url: str | None
    score: float
    kind: Literal["near_duplicate", "similar"] | None = None  # local search says which; engines do not


@dataclass(frozen=True)
class SeedImage:
    """What is searched for: its bytes and, where it has one, an address that a search engine can read it at."""

    data: bytes
    url: str | None = None


@dataclass(frozen=True)
class SearchReply:
    """Hits, and the engine's replies whole (none where nobody was asked). Failures are values, as with Fetched."""

    hits: list[Hit]
    pages: list[str] = field(default_factory=list)  # JSON as it came, without keys; one per page of results
    n_requests: int = 0
    cost_usd: float | None = None
    error: str | None = None  # "quota_gone", "rate_limited", "partial" …; "stopped": not asked, since an earlier search ended the asking


class Fetcher(Protocol):
    async def fetch(self, url: str) -> Fetched: ...


class Search(Protocol):
    @property
    def name(self) -> str: ...

    async def search(self, seed: SeedImage) -> SearchReply: ...
