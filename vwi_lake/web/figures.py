"""Which pictures are content, once boilerplate is marked: a link's picture is its sign, a figure may stand beside the text."""

from collections import Counter
from urllib.parse import unquote

from vwi_lake.web.document import Node
from vwi_lake.web.folding import names_of, words_of
from vwi_lake.web.pictures import ICON_SIZE, SUFFIXES
from vwi_lake.web.wordlists import among

SIGNS = among("icon logo badge emoji smiley spinner loader")  # of the picture's own class
PORTRAITS = among("avatar avatars gravatar author autor auteur byline person img-circle rounded-circle")  # of what is close around it
CLOSE, FAR = 2, 6  # elements around a picture


def mark(nodes: list[Node], beside: list[Node]) -> None:
    """Mark ornaments; show what `beside` lists of marked pictures in blocks beside the main one."""
    pictured = [node for node in nodes if node.image is not None]
    shown = frozenset(node.index for node in beside)
    margins = Counter(node.image.url for node in pictured if node.image and node.boilerplate and node.index not in shown)
    inside = Counter(node.image.url for node in pictured if node.image and not node.boilerplate)
    for node in pictured:
        if node.image is None or (node.boilerplate and node.index not in shown):
            continue
        often = margins[node.image.url]
        if is_ornament(node) or (often > 1 and often > inside[node.image.url]):
            node.boilerplate = True
        elif node.boilerplate and not is_small(node):
            show(node)


def show(node: Node) -> None:
    """The picture alone: what is around it stays boilerplate."""
    around: Node | None = node
    while around is not None and around.boilerplate:
        around.boilerplate = False
        around = around.parent


def is_small(node: Node) -> bool:
    image = node.image
    return image is not None and image.width is not None and image.height is not None and max(image.width, image.height) <= 2 * ICON_SIZE


def is_ornament(node: Node) -> bool:
    """A link's picture, a portrait of who wrote, a sign."""
    if node.tag not in ("img", "svg"):
        return False
    if not SIGNS.isdisjoint(words_of(names_of(node.attrs))):
        return True
    around: Node | None = node
    for distance in range(FAR):
        if around is None:
            break
        if distance <= CLOSE and around.attrs and not PORTRAITS.isdisjoint(words_of(names_of(around.attrs))):
            return True
        if around.tag == "a":
            return leads_away(around.attrs.get("href") or "", node)
        around = around.parent
    return False


def leads_away(target: str, node: Node) -> bool:
    """Whether a link leads to another page: not to the picture's file, to a page that the file names, or to a place on this page."""
    if node.image is None or node.image.caption or target[:1] in ("", "#"):
        return False
    path = unquote(target).partition("#")[0].partition("?")[0].lower().strip("/")
    if target[:11].lower() == "javascript:":
        return not any(suffix in path for suffix in SUFFIXES)
    stem = unquote(node.image.url).partition("?")[0].rpartition("/")[2].rpartition(".")[0].lower()
    return not path.endswith(SUFFIXES) and (not stem or path.rpartition("/")[2].partition(".")[0] != stem)
