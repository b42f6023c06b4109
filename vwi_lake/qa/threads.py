"""Threads of a forum that call neither question nor answer by name: posts of one make, the first asks, another is marked as accepted."""

import re
from collections.abc import Iterator, Sequence

from vwi_lake.qa.questions import Question, Span
from vwi_lake.qa.regions import Page, Region
from vwi_lake.qa.tokens import is_accepted, names
from vwi_lake.qa.words import words
from vwi_lake.web.document import Node

_POSTS = words("post posts message reply topic")
_CONTENTS = words("content text body message cooked prose bbcode postbody")
_REMARKS = words("comment comments review reviews pingback")
_RE = re.compile(r"(?:re|aw|sv|odp|antw)\s*:\s*", re.IGNORECASE)


def threads(page: Page) -> Iterator[Question]:
    """The first post of a thread and the accepted one of those after it; a reply that nobody accepted is no solution."""
    for parent in page.tree.nodes:
        if parent.boilerplate or len(parent.children) < 2:
            continue
        posts = [child for child in parent.children if is_post(child) and page.between(child.index, child.end)]
        accepted = [post for post in posts[1:] if any(is_accepted(n) for n in page.tree.nodes[post.index : post.end] if n.attrs)]
        if accepted and is_one_topic(page, posts) and asks(page, posts[0]):
            yield of_posts(page, posts, accepted[0])


def of_posts(page: Page, posts: Sequence[Node], chosen: Node) -> Question:
    body, answer = content(page, posts[0]), content(page, chosen)
    question = Question(posts[0].index, posts[-1].end, body[0], "", "qa_thread", "implied")
    question.spans, question.solutions = [body], [answer]
    question.asides = [Region("solution", posts[1].index, posts[-1].end, posts[1].index, "", "qa_thread")]
    return question


def parts(node: Node) -> set[str]:
    return set(re.split(r"[\s_\W\d]+", names(node).lower()))


def is_post(node: Node) -> bool:
    """Called a post, not a remark below one, and numbered as a site's posts are."""
    numbered = bool(node.attrs) and re.search(r"\d", node.attrs.get("id") or node.attrs.get("data-post-id") or "")
    return bool(numbered and not _POSTS.isdisjoint(called := parts(node)) and _REMARKS.isdisjoint(called))


def is_one_topic(page: Page, posts: Sequence[Node]) -> bool:
    """No post has a title of its own, as those of a blog have."""
    titles = [{_RE.sub("", line.text) for line in page.between(post.index, post.end) if line.level} for post in posts]
    return len(set().union(*titles)) < 2


def asks(page: Page, post: Node) -> bool:
    start, stop = content(page, post)
    return any(re.search(r"[?？؟](?:\s|$)", line.text) for line in page.between(start, stop))


def content(page: Page, post: Node) -> Span:
    """The innermost element of a post that is called its content or text and holds all that such elements hold."""
    boxes = [node for node in page.tree.nodes[post.index : post.end] if not _CONTENTS.isdisjoint(parts(node)) and node is not post]
    length = {box.index: sum(len(line.text) for line in page.between(box.index, box.end)) for box in boxes}
    longest = max(length.values(), default=0)
    if not longest:
        return post.index, post.end
    best = next((box for box in reversed(boxes) if length[box.index] >= 0.7 * longest), boxes[0])
    return best.index, best.end
