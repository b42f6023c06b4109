"""What lies at each kept URL? Failures are answers too."""

from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.providers.rendered import see
from vwi_lake.stage import Row, Stage
from vwi_lake.web.media import media_type
from vwi_lake.web.robots import opt_out
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class PageFetch(Record):
    """bronze.page_fetches: one row per URL asked."""

    TABLE: ClassVar[str] = "page_fetches"

    url: str
    final_url: str | None = None
    status: int | None = None
    content_type: str | None = None  # media type
    charset: str | None = None  # as the Content-Type header declares it
    body_sha: str | None = None
    size_bytes: int | None = None
    opt_out: str | None = None  # the opt-out named in the response headers; those in the page: bronze.page_trees
    rendered: bool = False
    needs_browser: str | None = None  # why the page as served does not hold its content
    render_error: str | None = None  # why it is as served although a browser tried
    corpus: str = ""  # identity of the saved sites asked; empty for the live web
    error: str | None = None


async def ask(row: Row, world: World) -> list[Record]:
    assert world.fetcher is not None
    got = await world.fetcher.fetch(row["url"])
    refused = opt_out(got.headers, [])
    seen = await see(got, None if refused else world.browser)
    got = seen.page
    return [
        PageFetch(
            url=row["url"],
            final_url=got.final_url,
            status=got.status,
            content_type=media_type(got.body or b"", got.content_type),
            charset=got.charset,
            body_sha=world.blobs.put(got.body) if got.body else None,
            size_bytes=len(got.body) if got.body is not None else None,
            opt_out=refused,
            rendered=got.rendered,
            needs_browser=seen.needs_browser,
            render_error=seen.render_error,
            corpus=row["corpus"],
            error=got.error,
        )
    ]


def no_fetcher(world: World) -> str | None:
    """Why nothing can be fetched, if so; shared by the stage that fetches images."""
    if world.fetcher is None:
        return "nothing to fetch with: name saved sites with --web, or set [fetch] contact to a URL that site owners can use"
    return None


STAGE = Stage(
    name="fetch_pages",
    question=__doc__ or "",
    records=(PageFetch,),
    ask=ask,
    key=("url",),
    in_flight=lambda world: world.settings.fetch.in_flight,
    variables=lambda world: {"has_browser": world.browser is not None, "corpus": world.web.identity() if world.web else ""},
    idle=no_fetcher,
)
