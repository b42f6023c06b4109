from pathlib import Path

import pytest

from vwi_lake.qa.replies import BadReply, parse_json, read_reply

PAIRS = {
    "type": "object",
    "required": ["pairs"],
    "additionalProperties": False,
    "properties": {
        "pairs": {"type": "array", "items": {"type": "object", "required": ["question"], "properties": {"question": {"type": "string"}}}}
    },
}
GOOD = '{"pairs": [{"question": "What is {x} in [1, 2]?"}]}'
READ = {"pairs": [{"question": "What is {x} in [1, 2]?"}]}


@pytest.mark.parametrize("text", ['{"a": [1, -0.5e3, true, null, "\\u00e9\\n"]}', "0", '""', " [ ] ", '"\\ud800"', "1" * 5000])
def test_json_is_read(text):
    parse_json(text)


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "[Infinity]", "-Infinity", "01", "1.", ".5", "+1", "'a'", "[1,]", '{"a":1,}', "{a:1}", "// x\n1", "1 2", "\ufeff1", '"\t"',
     '"\\x"',
    "[" * 100_000,
     '{"a":' * 5000, "[[[" * 300 + "]]]" * 300, "True", "nan", "0x10"],
)  # fmt: skip
def test_what_only_looks_like_json_is_refused(text):
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"\n  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```",
        f"Here is what I found:\n\n```JSON\n{GOOD}\n```\nLet me know [if you] need {{more}}.",
        f"Sure! The pairs are {GOOD} as asked.",
        f'First a draft: {{"pairs": 3}}, then the pairs: {GOOD}',
        f"```json\n{GOOD}",
        f"In the interval [0, 1) we have: {GOOD}",
        f"<think>[maybe {{none}}]</think>{GOOD}",
    ],
)
def test_reply_is_found_amid_prose(reply):
    assert read_reply(reply, PAIRS) == READ


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("Not found", "not_json"),
        ("I found [nothing} here", "not_json"),
        ("{'pairs': []}", "not_json"),
        (GOOD[:-5], "truncated"),
        ("```json\n" + GOOD[:-1], "truncated"),
        ('{"pairs": [{"question": 5}]}', "schema"),
        ('{"pairs": [], "extra": 1}', "schema"),
        ("[]", "schema"),
        ('[{"pairs": []}, {"pairs"', "truncated"),
        ("[" * 5000 + "]" * 5000, "too_deep"),
        ('{"pairs": NaN}', "not_json"),
    ],
)
def test_bad_replies_say_why(reply, reason):
    with pytest.raises(BadReply) as refused:
        read_reply(reply, PAIRS)
    assert refused.value.reason == reason


def test_errors_do_not_quote_the_reply():
    with pytest.raises(BadReply) as refused:
        read_reply('{"pairs": "secret"}', PAIRS)
    assert str(refused.value) == "schema: $.pairs fails type"


@pytest.mark.shared
def test_json_test_suite(shared: Path):
    for path in sorted((shared / "suites/json/test_parsing").glob("[yn]_*.json")):
        try:
            parse_json(path.read_bytes().decode("utf-8"))
            accepted = True
        except ValueError:
            accepted = False
        assert accepted == path.name.startswith("y"), path.name


@pytest.mark.parametrize("text", ['"\\' * 100_000, "[" + '"\\' * 100_000, "[" * 100_000, '"' * 100_000])
def test_hostile_replies_are_read_in_no_time(text):
    """Each of these once took minutes, or would have: the suite's own time tells."""
    with pytest.raises(BadReply):
        read_reply(text, {"type": "object"})
