"""Settings come from one file and the command line; what is wrong in them is named."""

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.settings import load


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serch]\nprovider = 'all'", r"unknown setting 'serch': did you mean 'search'\?"),
        ("[search]\nprovder = 'all'", r"unknown setting 'search.provder': did you mean 'provider'\?"),
        ("[llm]\nzzz = 1", r"unknown setting 'llm.zzz': known here: .*timeout_s"),
        ("[search]\nprovider = 'google'", r"search.provider: .*'local', 'all', 'serpapi'.*it says 'google'"),
        ("[fetch]\nseconds_between = -1", r"fetch.seconds_between: .*greater than or equal to 0"),
        ("[lake]\nmemory = 'much'", r"lake.memory: .*it says 'much'"),
        ("[lake]\ndata = 's3://b/data/'", r"lake: data is in a store, .*: name blobs = .s3://…. too$"),
        ("[fetch\n", "not a readable TOML file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message):
    (tmp_path / "vwi.toml").write_text(text)
    with pytest.raises(VwiError, match=message):
        load(str(tmp_path / "vwi.toml"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(VwiError, match="no settings file at .*gone.toml"):
        load(str(tmp_path / "gone.toml"))


def test_the_command_line_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vwi.toml").write_text("seeds = 'a'\n[lake]\npath = 'x'\n[llm.models]\ncheck_qa = 'small'")
    settings = load(lake__path="y", seeds=None, web=())
    assert (settings.lake.path, settings.seeds, settings.web) == ("y", "a", ())
    assert settings.llm.model_of("check_qa") == "small"
    assert settings.llm.model_of("draft_answers") == settings.llm.model


def test_keys_are_no_settings(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    assert "sk-planted" not in load().model_dump_json()
