"""Which pictures are content, once boilerplate is marked: a link's picture is its sign, a figure may stand beside the text."""

from collections import Counter
from urllib.parse import unquote

from vwi_lake.web.flat import Flat, Image
from vwi_lake.web.folding import names_of, words_of
from vwi_lake.web.pictures import ICON_SIZE, SUFFIXES
from vwi_lake.web.wordlists import among

SIGNS = among("icon logo badge emoji smiley spinner loader")  # of the picture's own class
PORTRAITS = among("avatar avatars gravatar author autor auteur byline person img-circle rounded-circle")  # of what is close around it
CLOSE, FAR = 2, 6  # elements around a picture


def mark(flat: Flat, beside: list[int]) -> None:
    """Mark ornaments; show what `beside` lists of marked pictures in blocks beside the main one."""
    images, boilerplate, shown = flat.images, flat.boilerplate, frozenset(beside)
    margins = Counter(image.url for i, image in images.items() if boilerplate[i] and i not in shown)
    inside = Counter(image.url for i, image in images.items() if not boilerplate[i])
    for node, image in images.items():
        if boilerplate[node] and node not in shown:
            continue
        often = margins[image.url]
        if is_ornament(flat, node) or (often > 1 and often > inside[image.url]):
            boilerplate[node] = 1
        elif boilerplate[node] and not is_small(image):
            show(flat, node)


def show(flat: Flat, node: int) -> None:
    """The picture alone: what is around it stays boilerplate."""
    while node >= 0 and flat.boilerplate[node]:
        flat.boilerplate[node] = 0
        node = flat.parents[node]


def is_small(image: Image) -> bool:
    return image.width is not None and image.height is not None and max(image.width, image.height) <= 2 * ICON_SIZE


def is_ornament(flat: Flat, node: int) -> bool:
    """A link's picture, a portrait of who wrote, a sign."""
    if flat.starts[node].tag not in ("img", "svg"):
        return False
    if not SIGNS.isdisjoint(words_of(names_of(flat.attrs(node)))):
        return True
    around = node
    for distance in range(FAR):
        if around < 0:
            break
        if distance <= CLOSE and not PORTRAITS.isdisjoint(words_of(names_of(flat.attrs(around)))):
            return True
        if flat.starts[around].tag == "a":
            return leads_away(flat.attrs(around).get("href") or "", flat.images[node])
        around = flat.parents[around]
    return False


def leads_away(target: str, image: Image) -> bool:
    """Whether a link leads to another page: not to the picture's file, to a page that the file names, or to a place on this page."""
    if image.caption or target[:1] in ("", "#"):
        return False
    path = unquote(target).partition("#")[0].partition("?")[0].lower().strip("/")
    if target[:11].lower() == "javascript:":
        return not any(suffix in path for suffix in SUFFIXES)
    stem = unquote(image.url).partition("?")[0].rpartition("/")[2].rpartition(".")[0].lower()
    return not path.endswith(SUFFIXES) and (not stem or path.rpartition("/")[2].partition(".")[0] != stem)
