"""The seams to the outside world: one Protocol with one method each, one module per provider."""

from dataclasses import dataclass, field
from typing import Protocol


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


@dataclass(frozen=True)
class Hit:
    """One page that shows the image asked about; rank 1 is best, score in [0, 1]."""

    rank: int
    page_url: str
    image_url: str | None
    score: float


class Fetcher(Protocol):
    async def fetch(self, url: str) -> Fetched: ...


class Search(Protocol):
    name: str

    async def search(self, image: bytes) -> list[Hit]: ...
