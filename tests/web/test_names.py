import importlib.util
from pathlib import Path

import pytest

from vwi_lake.web.trees import describe


def only(html: str) -> tuple[str, str]:
    (found,) = describe(html, "#x")
    return found.role, found.name


@pytest.mark.parametrize(
    ("html", "role"),
    [
        ("<a id=x href=#>l</a>", "link"),
        ("<a id=x>l</a>", "generic"),
        ("<ul><li id=x>a</ul>", "listitem"),
        ("<div><li id=x>a</div>", "generic"),
        ("<img id=x alt=A src=a>", "image"),
        ("<img id=x alt='' src=a>", "none"),
        ("<input id=x type=search list=l>", "combobox"),
        ("<input id=x type=range>", "slider"),
        ("<select id=x multiple></select>", "listbox"),
        ("<section id=x>s</section>", "generic"),
        ("<section id=x aria-label=S>s</section>", "region"),
        ("<article><header id=x>h</header></article>", "generic"),
        ("<body><header id=x>h</header>", "banner"),
        ("<table><tr><th id=x>a<td>b</table>", "rowheader"),
        ("<table role=none><tr><td id=x>a</table>", "generic"),
        ("<table role=grid><tr><td id=x>a</table>", "gridcell"),
        ("<div id=x role='foo BUTTON link'>b</div>", "button"),
        ("<h1 id=x role=none>h</h1>", "none"),
        ("<h1 id=x role=none tabindex=0>h</h1>", "heading"),
        ("<div id=x role=option>o</div>", "generic"),
        ("<div role=listbox><div id=x role=option>o</div></div>", "option"),
    ],
)
def test_roles(html: str, role: str) -> None:
    assert only(html)[0] == role


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<button id=x>a <b>b</b><div>c</div></button>", "a b c"),
        ("<button id=x aria-label=L title=T>c</button>", "L"),
        ("<button id=x aria-labelledby='b x a' aria-label=L>c</button><i id=a hidden>A</i><i id=b>B</i>", "B L A"),
        ("<label for=x>L <input id=x value=v></label>", "L"),
        ("<label><input type=checkbox id=x> in <input value=3> days</label>", "in 3 days"),
        ("<input id=x type=submit>", "Submit"),
        ("<input id=x placeholder=P>", "P"),
        ("<table id=x><caption>C</caption><tr><td>a</table>", "C"),
        ("<fieldset id=x><legend>L</legend>a</fieldset>", "L"),
        ("<a id=x href=#><img alt=A src=a><span aria-hidden=true>no</span></a>", "A"),
        ("<p id=x>not from content</p>", ""),
        ("<button id=x aria-owns=o>a</button><i id=o>b</i>", "a b"),
    ],
)
def test_names(html: str, name: str) -> None:
    assert only(html)[1] == name


def test_names_end_in_deep_and_circular_pages() -> None:
    assert only("<button id=x>" + "<span>" * 5000 + "deep")[0] == "button"
    assert only("<button id=x aria-labelledby=y>a</button><i id=y aria-labelledby=x>b</i>")[1] == "b"
    assert only("<button id=x aria-owns=x>a</button>")[1] == "a"


@pytest.mark.shared
@pytest.mark.parametrize(("suite", "lines"), [("aria", ("core role", "core label")), ("charset", ("charset",))])
def test_third_party_suites(shared: Path, suite: str, lines: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    path = shared / "tools" / "score_suites.py"
    spec = importlib.util.spec_from_file_location("score_suites", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SUITES[suite](shared / "suites")
    printed = capsys.readouterr().out
    for line in lines:
        share = next(float(row.split()[-1]) for row in printed.splitlines() if row.startswith((line, f"aria {line}")))
        assert share >= 0.97
