import pytest

from vwi_lake.web.trees import build_tree

PROSE = "<p>" + "The wire carries a current and the field around it turns a compass needle. " * 12
ARTICLE = "<h1>The field of a wire</h1>"


def content(body: str) -> list[str]:
    """File names of the pictures in the main content."""
    tree = build_tree(f"<title>The field of a wire</title><body>{body}", "http://x.example/a/page.html")
    return [image.url.rpartition("/")[2] for image in tree.images if not tree.nodes[image.node].boilerplate]


@pytest.mark.parametrize(
    ("picture", "is_content"),
    [
        ("<p><img src=/f.png>", True),
        ("<a href=/big/f.png><img src=/f.png></a>", True),
        ("<a href='/f.JPG?x=1'><img src=/f-300.jpg></a>", True),
        ("<a href=#big><img src=/f.png></a>", True),
        ("<a href='javascript:show(\"f.png\")'><img src=/f.png></a>", True),
        ("<a href=/media/compass-needle/><img src=/compass-needle.png></a>", True),  # a page of its own
        ("<a href=/files/needle.pdf><img src=/needle.gif></a>", True),
        ("<a href=/about-the-needle/><img src=/needle.png></a>", False),
        ("<figure><a href=/lab><img src=/f.png></a><figcaption>The field</figcaption></figure>", True),
        ("<a href=/users/7><img src=/f.png width=32 height=32></a>", False),
        ("<a href=/other><div><span><img src=/f.png></span></div>Another article</a>", False),
        ("<a href='javascript:void(0)'><img src=/f.png></a>", False),
        ("<a href=http://compass.example/share><img src=/compass.png></a>", False),  # named by the host only
        ("<img class='user-avatar' src=/f.png>", False),
        ("<div class=post__author__img><img src=/f.png></div>", False),
        ("<img class=wp-smiley src=/f.png>", False),
        ("<section class=by-author><div><div><p>said<p><img src=/f.png></div></div></section>", True),  # too far around
    ],
)
def test_a_picture_amid_the_text(picture: str, is_content: bool) -> None:
    assert bool(content(f"{ARTICLE}<div>{PROSE}{picture}{PROSE}</div>")) is is_content


@pytest.mark.parametrize(
    ("around", "names"),
    [
        ("<h1>The field of a wire</h1><div class=photo><img src=/f.jpg></div><div>{}</div>", ["f.jpg"]),
        ("<h1>The field of a wire</h1><div><a href=/f.jpg><img src=/f-300.jpg></a></div><div>{}</div>", ["f-300.jpg"]),
        ("<h1>The field of a wire</h1><div>{}</div><div><img src=/after.jpg></div>", ["after.jpg"]),
        ("<h1>The field of a wire</h1><div><img src=/f.jpg width=20 height=20></div><div>{}</div>", []),
        ("<h1>The field of a wire</h1><div><a href=/next><img src=/f.jpg></a></div><div>{}</div>", []),
        ("<h1>The field of a wire</h1><aside><img src=/f.jpg></aside><div>{}</div>", []),
        ("<div><img src=/banner.jpg></div><div><h1>The field of a wire</h1><div>{}</div></div>", []),  # not in one article with it
        ("<div><img src=/f.jpg></div><div>{}</div>", []),  # nothing says where the article begins
    ],
)
def test_a_picture_beside_the_text(around: str, names: list[str]) -> None:
    assert content(around.format(PROSE)) == names


def test_what_stands_more_often_in_margins_is_a_sign() -> None:
    margins = "<nav><img src=/plus.svg><img src=/plus.svg></nav>"
    body = f"{ARTICLE}<div>{PROSE}<p><img src=/plus.svg> for subscribers <img src=/f.png></p>{PROSE}</div>"
    tree = build_tree(f"<title>T</title><body>{body}{margins}", "http://x.example/")
    assert {image.url: tree.nodes[image.node].boilerplate for image in tree.images} == {
        "http://x.example/plus.svg": True,
        "http://x.example/f.png": False,
    }
