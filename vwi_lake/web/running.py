"""The running text of a page: of its main content, what a reader would read aloud."""

from typing import TYPE_CHECKING

from vwi_lake.web.wordlists import among

if TYPE_CHECKING:
    from vwi_lake.web.document import Node

# captions belong to their images; the others are to be used, or say when
BESIDE = among("figcaption select time button dialog")
MAY_LEAD_AWAY = among("li p div td h2 h3 h4 h5")  # a block that is all link
SHORT = 40  # characters; shorter lines before and after the text proper are bylines, dates, buttons
_ENDS = (".", "!", "?", "…", "。", "？", "！")


def is_beside(node: "Node") -> bool:
    return node.tag in BESIDE or node.role in ("button", "dialog", "alert", "status")


def asides(nodes: list["Node"]) -> set[int]:
    """Indexes of the subtrees that the running text leaves out."""
    text, linked, link_end = [0], [0], 0
    for node in nodes:
        if node.tag == "a" and "href" in node.attrs:
            link_end = max(link_end, node.end)
        size = len(node.text.strip())
        text.append(text[-1] + size)
        linked.append(linked[-1] + (size if node.index < link_end else 0))

    def leads_away(node: "Node") -> bool:
        return 0 < 0.9 * (text[node.end] - text[node.index]) <= linked[node.end] - linked[node.index]

    return {node.index for node in nodes if is_beside(node) or (node.tag in MAY_LEAD_AWAY and leads_away(node))}


def trimmed(lines: list[str]) -> list[str]:
    """Without the short lines around the text, where there is any."""
    proper = [at for at, line in enumerate(lines) if is_running(line)]
    return lines[proper[0] : proper[-1] + 1] if proper else lines


def is_running(line: str) -> bool:
    return len(line) >= SHORT or (len(line) >= SHORT // 2 and line.rstrip("\"'”»)").endswith(_ENDS))
