import json
from pathlib import Path

import pytest

from vwi_lake.web.addresses import AddressDenied, check, is_public

PUBLIC = "93.184.215.14"


def names_are_public(host: str) -> list[str]:
    return [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


def never(host: str) -> list[str]:
    raise AssertionError(f"asked to resolve {host}")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://site.example/a", PUBLIC),
        ("http://site.example:80/", PUBLIC),
        ("http://site.example:443/", PUBLIC),
        ("http://93.184.215.14/", PUBLIC),
        ("http://0x5db8d70e/", PUBLIC),
        ("http://[2606:4700::1111]/", "2606:4700::1111"),
        ("http://bücher.example/", PUBLIC),
        ("http://notlocalhost.example/", PUBLIC),
    ],
)
def test_public_addresses_are_handed_out(url, address):
    assert check(url, names_are_public) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://0/", "http://127.0.0.1./",
        "http://①②⑦.0.0.1/", "http://10.1.2.3/", "http://172.31.0.1/", "http://192.168.1.1/", "http://100.100.100.200/", "http://169.254.169.254/",
        "http://192.0.2.7/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://[::1]/", "http://[::]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:93.184.215.14]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::1]/",
        "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[2001:db8::1]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/",
        "http://[ff02::1]/", "http://[100::1]/", "http://[3fff::1]/", "http://[5f00::1]/", "http://localhost/", "http://a.localhost./", "http://localhost.localdomain/",
        "http://printer.local/",
    ],
)  # fmt: skip
def test_literal_addresses_that_are_not_public_are_denied_without_a_lookup(url):
    with pytest.raises(AddressDenied):
        check(url, never)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://site.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://site.example:80/", "scheme"),
        ("http://site.example:22/", "port"),
        ("https://site.example:8443/", "port"),
        ("http://user:password@site.example/", "credentials"),
        ("http://127.0.0.1%2f@site.example/", "credentials"),
        ("http:///", "no_host"),
        ("site.example", "no_host"),
        ("", "no_host"),
    ],
)
def test_reasons(url, reason):
    with pytest.raises(AddressDenied) as denied:
        check(url, never)
    assert denied.value.reason == reason


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["10.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        ["::1", PUBLIC],
        ["fe80::1%eth0"],
        ["not an address"],
        ["127.1"],
        ["::ffff:10.0.0.1"],
        ["0x7f000001"],
    ],
)
def test_one_bad_answer_denies_the_name(answers):
    with pytest.raises(AddressDenied):
        check("https://site.example/", lambda host: answers)


def test_ports_are_a_setting():
    assert check("https://site.example:8443/", names_are_public, ports={8443}) == PUBLIC


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "198.20.0.1", "2001:4860:4860::8888", "2a00:1450::1"]
)
def test_neighbours_of_denied_ranges_are_public(address):
    assert is_public(address)


@pytest.mark.shared
def test_third_party_cases(shared: Path):
    """Every literal of the list is denied; names in it would need a real resolver and stand for loopback here."""
    for case in json.loads((shared / "suites/ssrf/urls.json").read_text(encoding="utf-8")):
        if case["expect"] == "blocked":
            with pytest.raises(ValueError):
                print(case["url"], check(case["url"], lambda host: ["127.0.0.1"]))
