"""What is each image of a kept page: can it be read, how large is it, and which other is it a copy of?"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from vwi_lake.columns import Record
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.fetch_pages import error_of, fetch, in_flight, lane_of, no_fetcher, of_every_fetch, of_every_reply, places
from vwi_lake.web.images import ImageRejected, normalize
from vwi_lake.web.robots import AGENT, opt_out
from vwi_lake.world import World


@dataclass(frozen=True, kw_only=True)
class ImageFetch(Record):
    """bronze.image_fetches: one row per image URL asked."""

    TABLE: ClassVar[str] = "image_fetches"

    image_url: str
    final_url: str | None = None
    via: list[str] | None = None  # addresses that redirected, in order
    sha256: str | None = None  # of the image as used: PNG or JPEG; a blob
    body_sha: str | None = None  # of the bytes as they came; a blob
    format: str | None = None  # png | jpeg
    source_format: str | None = None  # of the bytes as they came: svg, gif, webp …
    width: int | None = None
    height: int | None = None
    phash: str | None = None
    size_bytes: int | None = None
    status: int | None = None
    content_type: str | None = None  # as declared
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False  # the server said so (304); all but this row's time is of before
    robots: str | None = None  # allowed | denied | unreachable; null for saved sites
    robots_source: str | None = None  # the robots.txt that says so, and its status
    opt_out: str | None = None  # stated in the headers or in the site's tdmrep.json
    corpus: str = ""  # identity of the saved sites asked; empty for the live web
    retry_at: datetime | None = None  # not to be asked again before
    error: str | None = None


async def ask(row: Row, world: World) -> list[Record]:
    """Fetch (or take from the page itself) and decode one image."""
    asked: dict[str, Any] = {"image_url": row["image_url"], "corpus": row["corpus"]}
    if row["image_url"].startswith("data:"):
        return [await _read(asked, row["blob_sha"], world) if row["blob_sha"] else ImageFetch(**asked, error="bad_data_url")]
    got = await fetch(row["image_url"], row["known"], world)
    asked |= of_every_fetch(got)
    if got.status == 304 and row["known"]:
        return [ImageFetch(**(asked | row["known"]), unchanged=True)]
    asked |= of_every_reply(got) | {"content_type": got.content_type}
    stated = opt_out(got.headers, [], user_agent=AGENT) or got.opt_out
    error = error_of(got) or (None if got.body else "empty_body")
    if error or stated:
        return [ImageFetch(**asked, opt_out=stated, error=error)]
    return [await _read(asked, await asyncio.to_thread(world.blobs.put, got.body or b""), world)]


async def _read(asked: dict[str, Any], body_sha: str, world: World) -> ImageFetch:
    """Decoded in a worker process: a file that stalls or kills its decoder costs its own row only."""
    row = {"image_url": asked["image_url"], "body_sha": body_sha}
    if world.compute is not None:
        (read,) = await world.compute(STAGE, row)
    else:
        (read,) = await asyncio.to_thread(compute, row, world)
    assert isinstance(read, ImageFetch)
    if world.kept_out.image(read.sha256) or world.kept_out.image(body_sha):
        for sha in (body_sha, read.sha256):
            await asyncio.to_thread(world.blobs.delete, sha or body_sha)
        return ImageFetch(**asked, error="forgotten")
    error = "decode_timeout" if read.error == "timeout" else read.error  # not to be taken for a timeout of the network
    return replace(read, **asked, body_sha=body_sha, error=error)


def compute(row: Row, world: World) -> list[Record]:
    body = world.blobs.get(row["body_sha"])
    known: Row = {"image_url": row["image_url"], "size_bytes": len(body)}
    try:
        image = normalize(body)
    except ImageRejected as error:
        return [ImageFetch(**known, error=error.reason)]
    return [
        ImageFetch(
            **known,
            sha256=world.blobs.put(image.data),
            format=image.format,
            source_format=image.source_format,
            width=image.width,
            height=image.height,
            phash=image.phash,
        )
    ]


STAGE = Stage(
    name="fetch_images",
    question=__doc__ or "",
    records=(ImageFetch,),
    ask=ask,
    compute=compute,
    key=("image_url",),
    batch=20_000,
    in_flight=in_flight,
    lane=lambda row: lane_of(row["image_url"]),
    places=places,
    may_retry=True,
    idle=no_fetcher,
    variables=lambda world: {"corpus": world.web.identity() if world.web else ""},
)
