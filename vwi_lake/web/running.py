"""The running text of a page: of its main content, what a reader would read aloud."""

from bisect import bisect_left
from typing import TYPE_CHECKING

from vwi_lake.web.wordlists import among

if TYPE_CHECKING:
    from vwi_lake.web.flat import Flat, Start

# captions belong to their images; the others are to be used, or say when
BESIDE = among("figcaption select time button dialog")
MAY_LEAD_AWAY = among("li p div td h2 h3 h4 h5")  # a block that is all link
SHORT = 40  # characters; shorter lines before and after the text proper are bylines, dates, buttons
_ENDS = (".", "!", "?", "…", "。", "？", "！")


def is_beside(start: "Start") -> bool:
    return start.tag in BESIDE or start.role in ("button", "dialog", "alert", "status")


def asides(flat: "Flat") -> set[int]:
    """Indexes of the subtrees that the running text leaves out."""
    starts, ends, words, links = flat.starts, flat.ends, flat.words, flat.links
    text, linked = [0], [0]
    k = link_end = 0
    for index in words:
        while k < len(links) and links[k] < index:
            link_end = max(link_end, ends[links[k]])
            k += 1
        size = len(flat.said[index].strip())
        text.append(text[-1] + size)
        linked.append(linked[-1] + (size if index < link_end else 0))

    def leads_away(index: int) -> bool:
        start, end = bisect_left(words, index), bisect_left(words, ends[index])
        return 0 < 0.9 * (text[end] - text[start]) <= linked[end] - linked[start]

    return {i for i, start in enumerate(starts) if is_beside(start) or (start.tag in MAY_LEAD_AWAY and leads_away(i))}


def trimmed(lines: list[str]) -> list[str]:
    """Without the short lines around the text, where there is any."""
    proper = [at for at, line in enumerate(lines) if is_running(line)]
    return lines[proper[0] : proper[-1] + 1] if proper else lines


def is_running(line: str) -> bool:
    return len(line) >= SHORT or (len(line) >= SHORT // 2 and line.rstrip("\"'”»)").endswith(_ENDS))
