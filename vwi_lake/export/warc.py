"""What was fetched, as WARC 1.1 (ISO 28500): `--web` reads it back, and so does any tool of web archives.

Pages whose newest fetch or tree names an opt-out are left out. The lake keeps bodies decoded and a few headers only, so a response is
written with its status, media type and charset; a page that a browser rendered, and an image, are resources: content without HTTP.
"""

import io
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import responses
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from vwi_lake import __version__
from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.folder import opened
from vwi_lake.lake import Lake

FILE_BYTES = 1_000_000_000  # a file is closed after the record that passes this, as archives are usually cut
NAMES = uuid.UUID("5b0d9d5e-6d3c-5f0e-9a63-0d1f6d6f7f10")  # record ids come from content: the same snapshot gives the same bytes
CAPTURES = """
with pages as (
  select url, final_url, status, content_type, charset, body_sha, rendered, asked_at
  from bronze.page_fetches
  qualify row_number() over (partition by url order by asked_at desc) = 1 and body_sha is not null and opt_out is null
),

opted_out as (
  select url
  from bronze.page_trees
  qualify row_number() over (partition by url order by asked_at desc) = 1 and opt_out is not null
),

images as (
  select image_url, source_format, body_sha, asked_at
  from bronze.image_fetches
  where not starts_with(image_url, 'data:')
  qualify row_number() over (partition by image_url order by asked_at desc) = 1 and body_sha is not null
)

select url, coalesce(final_url, url) as final_url, status, content_type, charset, body_sha, rendered, asked_at
from pages
anti join opted_out using (url)
union all
select
  image_url, image_url, null, coalesce('image/' || if(source_format = 'svg', 'svg+xml', source_format), 'application/octet-stream'), null,
  body_sha, true, asked_at
from images
order by 1, 2
"""


def export_warc(lake: Lake, path: Path, tick: Tick = silent) -> Exported:
    """Write `vwi-00000.warc.gz`, …; every capture counts as a pair of a URL and what lay there."""
    rows = (row for some in lake.stream(CAPTURES) for row in some.iter_rows(named=True))
    captures = files = 0
    written: set[str] = set()
    with opened(lake, path, "warc", per_file=str(FILE_BYTES)) as folder:
        while (first := next(rows, None)) is not None:
            with folder.file(f"vwi-{files:05}.warc.gz") as file:
                for row in _until_full(chain([first], rows), file):
                    _write(WARCWriter(file, gzip=True, warc_version="1.1"), row, lake, written)
                    captures += 1
                    tick(1)
            files += 1
    return Exported(captures, files, path, ("captures", "archives"))


def _until_full(rows: Iterator[dict[str, Any]], file: BinaryIO) -> Iterator[dict[str, Any]]:
    _info(file)
    for row in rows:
        yield row
        if file.tell() >= FILE_BYTES:
            return


def _info(file: BinaryIO) -> None:
    writer = WARCWriter(file, gzip=True, warc_version="1.1")
    text = f"software: vwi_lake/{__version__}\r\nformat: WARC File Format 1.1\r\n".encode()
    named = _named("info", datetime(1970, 1, 1, tzinfo=UTC))
    writer.write_record(writer.create_warc_record("", "warcinfo", io.BytesIO(text), len(text), warc_headers_dict=named))


def _write(writer: WARCWriter, row: dict[str, Any], lake: Lake, written: set[str]) -> None:
    """A page found behind redirects is two records: where it was asked, and once where it lay."""
    if row["final_url"] != row["url"]:
        writer.write_record(_response(writer, row["url"], row, 302, [("Location", row["final_url"])]))
    if row["final_url"] in written:
        return
    written.add(row["final_url"])
    media = row["content_type"] or "application/octet-stream"
    kind = f"{media}; charset={row['charset']}" if row["charset"] else media
    body = lake.blobs.get(row["body_sha"])
    if row["rendered"]:
        named = _named(row["final_url"] + row["body_sha"], row["asked_at"])
        record = writer.create_warc_record(row["final_url"], "resource", io.BytesIO(body), len(body), kind, warc_headers_dict=named)
    else:
        record = _response(writer, row["final_url"], row, row["status"] or 200, [("Content-Type", kind)], body)
    writer.write_record(record)


def _response(  # noqa: PLR0913, PLR0917 - a record has that many parts
    writer: WARCWriter, url: str, row: dict[str, Any], status: int, headers: list[tuple[str, str]], body: bytes = b""
) -> ArcWarcRecord:
    http = StatusAndHeaders(f"{status} {responses.get(status, '')}", [*headers, ("Content-Length", str(len(body)))], protocol="HTTP/1.1")
    named = _named(f"{url} {status} {row['body_sha']}", row["asked_at"])
    return writer.create_warc_record(url, "response", io.BytesIO(body), len(body), http_headers=http, warc_headers_dict=named)


def _named(content: str, at: datetime) -> dict[str, str]:
    return {
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(NAMES, content)}>",
        "WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
