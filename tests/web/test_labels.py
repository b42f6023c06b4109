import pytest

from vwi_lake.web.trees import build_tree, exposed


@pytest.mark.parametrize(
    ("body", "tag", "name"),
    [
        ("<h2>A <i>b</i><img src=c alt=C></h2>", "h2", "A bC"),
        ("<a href=x><img src=a alt=Picture> go</a>", "a", "Picture go"),
        ("<a href=x aria-label='Said so'>text</a>", "a", "Said so"),
        ("<i id=l>Site</i><nav aria-labelledby='l none'>x</nav>", "nav", "Site"),
        ("<label for=q>Name</label><input id=q>", "input", "Name"),
        ("<label>Yes <input type=checkbox></label>", "input", "Yes"),
        ("<input placeholder=Hint>", "input", "Hint"),
        ("<input type=submit value=Go>", "input", "Go"),
        ("<table><caption>Data</caption><tr><td>x</table>", "table", "Data"),
        ("<figure><img src=a><figcaption>Fig. 1</figcaption></figure>", "figure", "Fig. 1"),
        ("<fieldset><legend>Which?</legend></fieldset>", "fieldset", "Which?"),
        ("<button><b>O</b>K</button>", "button", "OK"),
        ("<svg viewBox='0 0 99 99'><text>AB</text><path d='M0'/></svg>", "svg", "AB"),
        ("<p>text</p>", "p", ""),
    ],
)
def test_nodes_have_names(body: str, tag: str, name: str) -> None:
    tree = build_tree(f"<body>{body}", "http://x.example/")
    assert next(node for node in tree.nodes if node.tag == tag).name == name


def test_what_is_exposed() -> None:
    found = [(d.role, d.name) for d in exposed("<body><p></p><p>x<p hidden>y</p><ul><li>z</ul><a href=q>w</a>") if d.role != "generic"]
    assert found[1:] == [("paragraph", ""), ("list", ""), ("listitem", ""), ("link", "w")]
