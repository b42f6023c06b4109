"""The guides do what they say: their commands are typed, and what is printed is compared with what they show.

Where a change is meant, `VWI_REWRITE_GUIDES=1 pytest tests/guides` puts what is printed now into the guides; read the diff.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guides.console import Typed, Written, matches, steps, type_all
from tests.providers.openai_server import OpenAiServer
from tests.test_llm_run import drafting_model

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
GUIDES = ROOT / "docs" / "guides"
TYPED = sorted(path.name for path in GUIDES.glob("*.md") if "<!-- the tests type this guide" in path.read_text("utf-8"))
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """As a reader's shell has it, in which `vwi` is this code; no keys."""
    bin = tmp_path_factory.mktemp("bin")
    (bin / "vwi").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vwi_lake "$@"\n')
    (bin / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for command in bin.iterdir():
        command.chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "SERPAPI_", "PREFECT_", "VWI_"))}
    return kept | {"PATH": f"{bin}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "COLUMNS": "140"}


def model_without_subjects(request):
    """The words then say what a pair is of, so that the guide's tables have more than one subject."""
    return drafting_model(request).replace('"subject": "Physics"', '"subject": null')


@pytest.fixture(scope="module")
def lakes(tmp_path_factory, environment):
    """What `vwi demo` leaves, and the same with a model: one on loopback that follows a script."""
    folder = tmp_path_factory.mktemp("lakes")
    with OpenAiServer(model_without_subjects) as model:
        (folder / "make.md").write_text(
            "```console\n$ vwi demo > out\n"
            f"$ printf '[llm]\\nseed = 8\\n' > vwi.toml; export OPENAI_BASE_URL={model.url} OPENAI_API_KEY=sk-test; "
            "vwi run --web demo --seeds demo --lake lake-model > out\n```\n"
        )
        assert type_all(folder / "make.md", folder, environment) == []
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", TYPED)
def test_a_guide_does_what_it_says(name, lakes, environment, tmp_path):
    for lake in ("lake-demo", "lake-model"):
        shutil.copytree(lakes / lake, tmp_path / lake)
    faults = type_all(GUIDES / name, tmp_path, environment, rewrite=bool(os.environ.get("VWI_REWRITE_GUIDES")))
    assert not faults, "\n\n".join([*faults, "where that is meant: VWI_REWRITE_GUIDES=1 pytest tests/guides, and read the diff"])


@pytest.mark.slow
@pytest.mark.parametrize(("block", "command"), [("demo yields", ["yields"]), ("duckdb shell", ["sql", None])])
def test_the_readme_shows_what_the_demo_leaves(block, command, lakes, environment):
    shown = README.split(f"<!-- {block}: begin -->")[1].split(f"<!-- {block}: end -->")[0]
    asked = " ".join(re.findall(r"(?s)D (select .*?);", shown)).replace("lake.gold", "gold")
    typed = [sys.executable, "-m", "vwi_lake", *(word or asked for word in command), "--lake", "lake-demo"]
    printed = subprocess.run(typed, cwd=lakes, env=environment, capture_output=True, text=True, check=True).stdout
    rows = [line for line in shown.splitlines() if re.match(r"│ [A-Za-z_]+ .*\d", line)]
    assert len(rows) >= 5
    assert [row for row in rows if row not in printed] == []


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(GUIDES.glob("*.md"))], ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), f"{path.name} links to {link}"


def test_the_blocks_of_a_guide():
    text = (
        '<!-- file: a/b.sql -->\n```sql\nselect 1\n```\n```text\n$ not run\n```\n```console\n$ vwi sql "select\n  1"\n1\n\n2\n$ true\n```\n'
    )
    assert list(steps(text)) == [Written("a/b.sql", "select 1\n"), Typed('vwi sql "select\n  1"', "1\n\n2"), Typed("true", "")]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a b", "a b", True),
        ("a b", "a c", False),
        ("a … b", "a 12 b", True),
        ("a … b", "a\nb", False),
        ("a\n…\nb", "a\n1\n2\nb", True),
        ("a\n…\nb", "a\n1\n2\nc", False),
        ("a\n…", "a\n1\n2", True),
        ("…\nb", "1\n2\nb", True),
        ("a.c", "abc", False),
        ("", "", True),
        ("", "something", False),
    ],
)
def test_what_is_shown_and_what_is_printed(shown, printed, same):
    assert matches(shown, printed) is same
