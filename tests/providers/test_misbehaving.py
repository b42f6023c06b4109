"""What each fault of a server becomes in bronze.page_fetches; nothing inside is dialled, and no host is pressed."""

import asyncio
import ssl
import subprocess
from collections import Counter

import pytest

from tests.providers.misbehaving import PUBLIC, misbehaving, most_at_once, shortest_pause
from vwi_lake.blobs import Blobs
from vwi_lake.providers.http import HttpFetcher, Limits
from vwi_lake.settings import Settings
from vwi_lake.stages import fetch_pages
from vwi_lake.world import World

CONTACT = "me@a.example"
LIMITS = Limits(timeout_s=0.3, deadline_s=0.8, max_bytes=300_000, retries=1, first_pause_s=0.01)

# fault → error class and status of its row
ROWS = {
    "ok": (None, 200),
    "licensed": (None, 200),
    "missing": ("http_status", 404),
    "silent": ("timeout", None),
    "drip": ("timeout", None),
    "endless": ("too_large", None),
    "endless-chunks": ("too_large", None),
    "header-flood": ("bad_response", None),
    "reset": ("reset", None),
    "reset-midway": ("reset", None),
    "length-too-long": ("timeout", None),
    "length-too-short": (None, 200),
    "length-huge": ("too_large", None),
    "length-odd": ("bad_response", None),
    "not-http": ("bad_response", None),
    "no-body": (None, 200),
    "redirect-loop": ("too_many_redirects", 302),
    "redirect-to-inside": ("denied_address", 302),
    "redirect-to-metadata": ("denied_address", 302),
    "redirect-to-loopback": ("denied_address", 302),
    "redirect-to-decimal": ("denied_address", 302),
    "redirect-to-mapped": ("denied_address", 302),
    "redirect-to-mixed": ("denied_address", 302),
    "redirect-to-port": ("denied_address", 302),
    "redirect-to-file": ("bad_redirect", 302),
    "redirect-with-password": ("denied_address", 302),
    "storm-429": ("http_status", 429),
    "storm-503": ("http_status", 503),
    "come-back-tomorrow": ("deferred", 503),
    "wrong-charset": (None, 200),
    "not-gzip": ("bad_encoding", None),
    "opt-out": (None, 200),
    "bomb-gzip": ("too_large", None),
    "bomb-deflate": ("too_large", None),
    "bomb-br": ("too_large", None),
    "bomb-zstd": ("too_large", None),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Every fault asked once through the stage, each on a host of its own: its row, and the server."""
    blobs = Blobs(str(tmp_path_factory.mktemp("blobs")))

    async def run():
        async with misbehaving() as server, HttpFetcher(CONTACT, 0.0, LIMITS, server.resolve, server.dial) as fetcher:
            world = World(Settings(), blobs, fetcher=fetcher)
            given = [{"url": f"http://{name}.example/{name}", "corpus": "", "known": None} for name in ROWS]
            asked = await asyncio.gather(*(fetch_pages.ask(row, world) for row in given))
        return {name: row for name, (row,) in zip(ROWS, asked, strict=True)}, server

    return asyncio.run(run())


@pytest.mark.parametrize("fault", ROWS)
def test_every_fault_is_a_row(rows, fault):
    row = rows[0][fault]
    assert (row.error, row.status) == ROWS[fault]
    assert (row.body_sha is None) == (row.error not in (None, "http_status") or fault == "no-body")


def test_nothing_inside_was_dialled(rows):
    assert rows[1].dialled == {PUBLIC}


def test_what_the_rows_tell_beside(rows):
    assert rows[0]["opt-out"].opt_out == "noai"
    assert rows[0]["come-back-tomorrow"].retry_at is not None
    assert rows[0]["wrong-charset"].charset == "klingon"
    assert rows[0]["redirect-loop"].via == ["http://redirect-loop.example/redirect-loop"] * LIMITS.max_redirects
    assert rows[0]["licensed"].licence == "http://licensed.example/terms"
    assert rows[0]["ok"].licence is None
    assert rows[0]["ok"].robots == "allowed"
    assert rows[0]["ok"].robots_source == "http://ok.example/robots.txt 404"


def test_no_host_is_pressed_whatever_it_does():
    """By the server's own log: one request in hand a host, and never before the delay; retries and redirects included."""
    delay_s = 0.03

    async def run():
        async with misbehaving() as server:
            limits = Limits(timeout_s=0.3, deadline_s=2.0, max_redirects=3, first_pause_s=0.0, silences=100, refusals=100)
            async with HttpFetcher(CONTACT, delay_s, limits, server.resolve, server.dial, in_flight=20) as fetcher:
                paths = ["ok", "reset", "storm-503", "redirect-loop", "missing", "ok/2", "not-gzip"]
                urls = [f"http://h{n}.example/{path}" for path in paths for n in range(8)]
                got = await asyncio.gather(*(fetcher.fetch(url) for url in urls))
        return Counter(g.error for g in got), server.log

    errors, log = asyncio.run(run())
    assert errors == {None: 32, "reset": 8, "too_many_redirects": 8, "bad_encoding": 8}
    assert most_at_once(log) == 1
    assert shortest_pause(log) >= delay_s - 0.002  # the server hears of a reply's end a little after the client


@pytest.fixture(scope="module")
def expired(tmp_path_factory) -> ssl.SSLContext:
    """A certificate of a.example that ended yesterday."""
    folder = tmp_path_factory.mktemp("tls")
    key, request, certificate = folder / "key.pem", folder / "request.pem", folder / "certificate.pem"
    new = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=a.example"]
    new += ["-addext", "subjectAltName=DNS:a.example", "-keyout", str(key), "-out", str(request)]
    sign = ["openssl", "x509", "-req", "-in", str(request), "-signkey", str(key), "-days", "-1", "-copy_extensions", "copyall"]
    try:
        for command in (new, [*sign, "-out", str(certificate)]):
            subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no openssl that makes an expired certificate: {error}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    context.ours = ssl.create_default_context(cafile=str(certificate))
    return context


def test_a_certificate_that_has_ended(expired):
    async def run():
        async with (
            misbehaving(tls=expired) as server,
            HttpFetcher(CONTACT, 0.0, LIMITS, server.resolve, server.dial, tls=expired.ours) as fetcher,
        ):
            return await fetcher.fetch("https://a.example/ok")

    assert asyncio.run(run()).error == "tls"


def test_a_host_that_stays_silent_is_left_alone():
    """After five requests without a reply the rest of its URLs become rows at once; other hosts go on."""

    async def run():
        async with misbehaving() as server, HttpFetcher(CONTACT, 0.0, LIMITS, server.resolve, server.dial, reads_tdmrep=False) as fetcher:
            got = [(await fetcher.fetch(f"http://a.example/reset/{n}")).error for n in range(8)]
            other = await fetcher.fetch("http://b.example/ok")
        return got, other.error, len([a for a in server.log if a.host == "a.example"])

    got, other, n_asked = asyncio.run(run())
    assert got == ["reset"] * 3 + ["host_down"] * 5
    assert other is None
    assert n_asked == 6  # robots.txt, then two tries, two tries and one


def test_a_host_that_refuses_on_and_on_is_asked_later():
    async def run():
        async with misbehaving() as server, HttpFetcher(CONTACT, 0.0, LIMITS, server.resolve, server.dial, reads_tdmrep=False) as fetcher:
            got = [await fetcher.fetch(f"http://a.example/storm-429/{n}") for n in range(6)]
        return [(g.status, g.error) for g in got], got[-1].retry_at, len(server.log)

    got, retry_at, n_asked = asyncio.run(run())
    assert got == [(429, None)] * 3 + [(None, "deferred")] * 3
    assert retry_at is not None
    assert n_asked == 7
