"""What is each image of a kept page: can it be read, how large is it, and which other is it a copy of?"""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.fetch_pages import no_fetcher
from vwi_lake.web.images import ImageRejected, normalize
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class ImageFetch(Record):
    """bronze.image_fetches: one row per image URL asked."""

    TABLE: ClassVar[str] = "image_fetches"

    image_url: str
    sha256: str | None = None  # of the image as used: PNG or JPEG; a blob
    body_sha: str | None = None  # of the bytes as they came; a blob
    format: str | None = None  # png | jpeg
    source_format: str | None = None  # of the bytes as they came: svg, gif, webp …
    width: int | None = None
    height: int | None = None
    phash: str | None = None
    size_bytes: int | None = None
    status: int | None = None
    corpus: str = ""  # identity of the saved sites asked; empty for the live web
    error: str | None = None


async def ask(row: Row, world: World) -> list[Record]:
    """Fetch (or take from the page itself) and decode one image."""
    status, body, error = await _bytes(row, world)
    if body is None:
        return [ImageFetch(image_url=row["image_url"], status=status, corpus=row["corpus"], error=error or "empty_body")]
    return [await asyncio.to_thread(_decode, row["image_url"], status, body, world)]


async def _bytes(row: Row, world: World) -> tuple[int | None, bytes | None, str | None]:
    if row["image_url"].startswith("data:"):
        sha = row["blob_sha"]
        return (None, world.blobs.get(sha), None) if sha else (None, None, "bad_data_url")
    assert world.fetcher is not None
    got = await world.fetcher.fetch(row["image_url"])
    if got.error is None and got.status != 200:
        return got.status, None, "http_status"
    return got.status, got.body or None, got.error


def _decode(image_url: str, status: int | None, body: bytes, world: World) -> ImageFetch:
    known: Row = {"image_url": image_url, "status": status, "body_sha": world.blobs.put(body), "size_bytes": len(body)}
    try:
        image = normalize(body)
    except ImageRejected as error:
        return ImageFetch(**known, error=error.reason)
    return ImageFetch(
        **known,
        sha256=world.blobs.put(image.data),
        format=image.format,
        source_format=image.source_format,
        width=image.width,
        height=image.height,
        phash=image.phash,
    )


STAGE = Stage(
    name="fetch_images",
    question=__doc__ or "",
    records=(ImageFetch,),
    ask=ask,
    key=("image_url",),
    in_flight=lambda world: world.settings.fetch.in_flight,
    idle=no_fetcher,
    variables=lambda world: {"corpus": world.web.identity() if world.web else ""},
)
