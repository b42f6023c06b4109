"""What does the page say, in reading order, and which images are in it?"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from selectolax.lexbor import LexborHTMLParser

from vwi_lake import web
from vwi_lake.columns import Record
from vwi_lake.stage import Row, Stage
from vwi_lake.web import trees
from vwi_lake.web.charset import decode
from vwi_lake.web.images import data_url
from vwi_lake.web.robots import opt_out
from vwi_lake.world import World

ADULT = ("adult", "mature", "restricted")
HEAD_CHARS = 100_000  # a robots meta tag further down than this is not looked for


@dataclass(frozen=True)
class TreeImage:
    """An image of a page's main content; `blob_sha` holds the bytes of an image written into the page itself."""

    url: str
    alt: str
    blob_sha: str | None


@dataclass(frozen=True, kw_only=True)
class PageTree(Record):
    """bronze.page_trees: one row per page and version of the tree. Counts are of the main content."""

    TABLE: ClassVar[str] = "page_trees"

    url: str
    body_sha: str
    version: str  # hash of the code that built it
    tree_sha: str | None = None  # blob: the page as a document for reading
    title: str | None = None
    language: str | None = None
    n_words: int | None = None
    n_images: int | None = None
    n_tokens: int | None = None  # of the document; about four characters a token
    images: list[TreeImage] | None = None
    opt_out: str | None = None  # named in a robots meta tag
    rating: str | None = None  # of a page that labels itself as for adults
    error: str | None = None


def compute(row: Row, world: World) -> list[Record]:
    """Build the tree of one stored page; its document goes to the blobs."""
    known = {k: row[k] for k in STAGE.key}
    html = read_html(row, world)
    try:
        tree = trees.build_tree(html, row["final_url"] or row["url"])
    except trees.TreeTooComplex:
        return [PageTree(**known, error="too_complex")]
    document = tree.document()
    images = [image for image in tree.images if not tree.nodes[image.node].boilerplate]
    return [
        PageTree(
            **known,
            tree_sha=world.blobs.put(document.encode()),
            title=tree.title,
            language=tree.lang or None,
            n_words=len(document.split()),
            n_images=len(images),
            n_tokens=len(document) // 4,
            images=[TreeImage(short_url(i.url), i.alt, _keep_inline(i.url, world)) for i in images],
            opt_out=opt_out({}, robots_metas(html)),
            rating=adult_rating(html),
        )
    ]


def read_html(row: Row, world: World) -> str:
    """The text of a stored page, from the columns body_sha and charset."""
    declared = f"text/html; charset={row['charset']}" if row["charset"] else None
    return decode(world.blobs.get(row["body_sha"]), declared)


def short_url(url: str) -> str:
    """A data: URL by its hash, any other URL as it is: keys stay short."""
    if not url.startswith("data:"):
        return url
    mime = url[5:60].split(",", maxsplit=1)[0].split(";", maxsplit=1)[0]
    return f"data:{mime};sha256,{hashlib.sha256(url.encode(errors='surrogatepass')).hexdigest()}"


def _keep_inline(url: str, world: World) -> str | None:
    if not url.startswith("data:"):
        return None
    try:
        return world.blobs.put(data_url(url)[1])
    except ValueError:
        return None


def adult_rating(html: str) -> str | None:
    """What its meta tag `rating` says, where that is adult, mature, restricted, or the label of rtalabel.org."""
    metas = LexborHTMLParser(html[:HEAD_CHARS]).css("meta[name]")
    said = [(m.attributes.get("content") or "").strip().lower() for m in metas if (m.attributes.get("name") or "").lower() == "rating"]
    return next((rating for rating in said if rating in ADULT or rating.startswith("rta-5042")), None)


def robots_metas(html: str) -> list[str]:
    """What the page's robots and TDM meta tags say."""
    metas = LexborHTMLParser(html[:HEAD_CHARS]).css("meta[name]")
    named = [(m.attributes.get("name") or "", m.attributes.get("content") or "") for m in metas]
    return [
        f"tdm-reservation: {c}" if n.lower() == "tdm-reservation" else c for n, c in named if n.lower() in ("robots", "tdm-reservation")
    ]


@cache
def code_hash(*packages: ModuleType) -> str:
    """A hash of the source of these packages: what they computed is computed anew when it changes."""
    files = sorted(p for package in packages for folder in package.__path__ for p in Path(folder).rglob("*.py"))
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()[:12]


STAGE = Stage(
    name="build_trees",
    question=__doc__ or "",
    records=(PageTree,),
    compute=compute,
    key=("url", "body_sha", "version"),
    variables=lambda _: {"tree_version": code_hash(web)},
)
