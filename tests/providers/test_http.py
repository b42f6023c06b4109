"""The fetcher over real loopback sockets; made-up hosts resolve to public-looking addresses that `dial` maps to the test's server."""

import asyncio
import gzip
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.providers import Known
from vwi_lake.providers.http import HttpFetcher, Limits, dial_tcp, retry_after_s, system_resolve
from vwi_lake.providers.http_hosts import Hosts
from vwi_lake.providers.site_files import SiteFile, SiteFiles, rules_of

CONTACT = "https://crawler.example/about"
QUICK = Limits(timeout_s=0.4, deadline_s=3.0, max_bytes=100_000, first_pause_s=0.01)
ADDRESSES = {
    "a.example": ["93.184.215.14"],
    "b.example": ["93.184.215.15"],
    "inside.example": ["10.0.0.1"],
    "mixed.example": ["93.184.215.14", "::1"],
}


def reply(body: bytes = b"hello", status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def moved(to: str, status: str = "302 Found") -> bytes:
    return reply(b"", status, f"Location: {to}\r\n")


@dataclass
class Site:
    """Answers by "host/path" with bytes, a list of them taken in turn, or a coroutine that does as it likes with the socket."""

    answers: dict[str, bytes | list[bytes] | Callable[[asyncio.StreamWriter], Awaitable[None]]]
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                await self.answer(head, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):  # the client went, or the test is over
            pass
        finally:
            writer.close()

    async def answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        host = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Host: "))
        key = host + head.split(" ")[1]
        self.asked.append(key)
        self.times.append(time.monotonic())
        self.heads.append(head)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        answer = self.answers.get(key, reply(b"none", "404 Not Found"))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            await answer(writer)
        else:
            writer.write(answer)
            await writer.drain()
        self.open_now -= 1

    async def resolve(self, host: str) -> list[str]:
        if host not in ADDRESSES:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return ADDRESSES[host]

    async def dial(self, address: str, port: int, timeout_s: float | None):
        self.dialled.append((address, port))
        return await dial_tcp("127.0.0.1", self.port, timeout_s)


@asynccontextmanager
async def running(site: Site, limits: Limits = QUICK, served_tls: ssl.SSLContext | None = None, pause: float = 0.0, **more):
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=served_tls)
    site.port = server.sockets[0].getsockname()[1]
    more = {"reads_tdmrep": False} | more
    async with HttpFetcher(CONTACT, pause, limits, site.resolve, site.dial, **more) as fetcher:
        yield fetcher
    server.close()


def fetch(url: str, answers: dict, limits: Limits = QUICK):
    async def run():
        site = Site(answers)
        async with running(site, limits) as fetcher:
            return await fetcher.fetch(url), site

    return asyncio.run(run())


def test_a_page_and_what_is_told_of_it():
    page = reply(b"<p>\xe9", headers='Content-Type: Text/HTML; Charset="ISO-8859-1"\r\nX-Robots-Tag: noai\r\nX-Robots-Tag: noindex\r\n')
    fetched, site = fetch("http://A.example/x/../page?q=1#part", {"a.example/page?q=1": page})
    assert (fetched.url, fetched.final_url) == ("http://A.example/x/../page?q=1#part", "http://a.example/page?q=1")
    assert (fetched.status, fetched.content_type, fetched.charset, fetched.error) == (200, "text/html", "ISO-8859-1", None)
    assert fetched.body == b"<p>\xe9"
    assert fetched.headers["x-robots-tag"] == "noai\nnoindex"
    assert site.asked == ["a.example/robots.txt", "a.example/page?q=1"]
    assert site.dialled == [("93.184.215.14", 80)]  # one connection, to the address that was checked
    assert f"(+{CONTACT})" in site.heads[-1]
    assert "Accept-Encoding: gzip, deflate, br, zstd\r\n" in site.heads[-1]


@pytest.mark.parametrize("contact", ["", "me", "https://", "ftp://a.example", "https://nodots", "me@host", "a b@c.example"])
def test_a_contact_is_required(contact):
    with pytest.raises(VwiError, match="a contact that site owners"):
        HttpFetcher(contact)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "403 Forbidden", "204 No Content"])
def test_a_status_is_an_answer(status):
    fetched, _ = fetch("http://a.example/x", {"a.example/x": reply(b"", status)})
    assert (fetched.status, fetched.error) == (int(status[:3]), None)


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(2)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        writer.write(b"x")
        await asyncio.sleep(0.05)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def break_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
    await writer.drain()
    writer.close()


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(50):
        writer.write(b"x" * 10_000)
        await writer.drain()
    writer.close()


BOMB = gzip.compress(bytes(50_000_000), mtime=0)
FAULTS = {
    "timeout": silence,
    "reset": hang_up,
    "bad_response": b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
    "too_large": flood,
    "bad_encoding": reply(b"not gzip", headers="Content-Encoding: gzip\r\n"),
    "bad_redirect": moved("javascript:alert(1)"),
    "too_many_redirects": moved("http://a.example/x"),
    "denied_address": moved("http://127.0.0.1/"),
    "dns": moved("http://unknown.example/"),
}


@pytest.mark.parametrize("error", FAULTS)
def test_every_fault_has_its_class(error):
    fetched, _ = fetch("http://a.example/x", {"a.example/x": FAULTS[error]})
    assert (fetched.error, fetched.body) == (error, None)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (break_off, "reset"),
        (reply(BOMB, headers="Content-Encoding: gzip\r\n"), "too_large"),
        (reply(zlib.compress(bytes(50_000_000)), headers="Content-Encoding: deflate\r\n"), "too_large"),
        (reply(gzip.compress(b"whole", mtime=0)[:-4], headers="Content-Encoding: gzip\r\n"), "bad_encoding"),
        (reply(b"??????", headers="Content-Encoding: br\r\n"), "bad_encoding"),
        (reply(b"?", headers="Content-Encoding: gzip, gzip\r\n"), "bad_encoding"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "too_large"),
        (moved("http://a.example:22/"), "denied_address"),
        (moved("http://inside.example/"), "denied_address"),
        (moved("http://mixed.example/"), "denied_address"),
        (moved("http://[::ffff:169.254.169.254]/"), "denied_address"),
        (moved("http://"), "bad_redirect"),
    ],
)
def test_more_faults(answer, error):
    fetched, site = fetch("http://a.example/x", {"a.example/x": answer})
    assert (fetched.error, fetched.body) == (error, None)
    assert {address for address, _ in site.dialled} == {"93.184.215.14"}


@pytest.mark.parametrize(
    ("url", "error"), [("mailto:x", "bad_url"), ("http://10.1.2.3/", "denied_address"), ("http://nowhere.example/", "dns")]
)
def test_what_is_never_dialled(url, error):
    fetched, site = fetch(url, {})
    assert (fetched.error, site.dialled) == (error, [])


def test_a_slow_reply_meets_the_deadline():
    started = time.monotonic()
    fetched, _ = fetch("http://a.example/x", {"a.example/x": drip}, Limits(timeout_s=5, deadline_s=0.3))
    assert fetched.error == "timeout"
    assert time.monotonic() - started < 2


def test_nobody_listens():
    async def run():
        site = Site({})
        async with running(site, Limits(retries=0)) as fetcher:
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))  # bound, never listening
                site.port = taken.getsockname()[1]
                return await fetcher.fetch("http://a.example/")

    assert asyncio.run(run()).error == "connect"


@pytest.mark.parametrize(
    ("encoding", "encoded"),
    [
        ("gzip", gzip.compress(b"hello " * 100, mtime=0)),
        ("x-gzip", gzip.compress(b"hello " * 50, mtime=0) + gzip.compress(b"hello " * 50, mtime=0)),
        ("gzip", gzip.compress(b"hello " * 100, mtime=0) + b"\0\0padding"),
        ("deflate", zlib.compress(b"hello " * 100)),
        ("deflate", zlib.compress(b"hello " * 100)[2:-4]),
        ("identity", b"hello " * 100),
    ],
)
def test_encodings(encoding, encoded):
    fetched, _ = fetch("http://a.example/x", {"a.example/x": reply(encoded, headers=f"Content-Encoding: {encoding}\r\n")})
    assert fetched.body == b"hello " * 100


def test_redirects_are_followed_across_hosts():
    fetched, site = fetch(
        "http://a.example/1",
        {"a.example/1": moved("/2", "301 Moved"), "a.example/2": moved("//b.example/3?x=é"), "b.example/3?x=%C3%A9": reply(b"there")},
    )
    assert (fetched.final_url, fetched.body) == ("http://b.example/3?x=%C3%A9", b"there")
    assert site.asked == ["a.example/robots.txt", "a.example/1", "a.example/2", "b.example/robots.txt", "b.example/3?x=%C3%A9"]


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        (reply(b"User-agent: *\nDisallow: /x"), "robots"),
        (reply(b"User-agent: vwi_lake\nDisallow: /\n\nUser-agent: *\nAllow: /"), "robots"),
        (reply(b"User-agent: *\nDisallow: /y"), None),
        (reply(b"", "404 Not Found"), None),
        (reply(b"", "403 Forbidden"), None),
        (reply(b"", "500 Oops"), "robots_unreachable"),
        (moved("http://b.example/robots.txt"), "robots"),
        (hang_up, "robots_unreachable"),
    ],
)
def test_robots_are_obeyed(rules, error):
    answers = {"a.example/robots.txt": rules, "a.example/x": reply(), "b.example/robots.txt": reply(b"User-agent: *\nDisallow: /x")}
    fetched, site = fetch("http://a.example/x", answers)
    assert fetched.error == error
    assert ("a.example/x" in site.asked) == (error is None)


def test_robots_are_obeyed_at_each_hop_and_asked_once():
    async def run():
        site = Site(
            {
                "a.example/x": moved("http://b.example/x"),
                "b.example/robots.txt": reply(b"User-agent: *\nDisallow: /x"),
                "a.example/y": reply(),
            }
        )
        async with running(site) as fetcher:
            results = await asyncio.gather(fetcher.fetch("http://a.example/x"), fetcher.fetch("http://a.example/y"))
            again = await fetcher.fetch("http://b.example/y")
        return [r.error for r in results], again.status, site.asked

    errors, status, asked = asyncio.run(run())
    assert errors == ["robots", None]
    assert status == 404
    assert asked.count("b.example/robots.txt") == 1
    assert asked.count("a.example/robots.txt") == 1


def test_one_request_a_host_at_a_time_and_a_pause_between():
    async def run():
        site = Site({"a.example/robots.txt": reply(b"User-agent: *\nCrawl-delay: 0.1")})
        async with running(site, QUICK, pause=0.05) as fetcher:
            await asyncio.gather(*(fetcher.fetch(f"http://a.example/{i}") for i in range(4)))
        return site

    site = asyncio.run(run())
    gaps = [b - a for a, b in zip(site.times, site.times[1:], strict=False)]
    assert site.most_open == 1
    assert gaps[0] >= 0.045
    assert min(gaps[1:]) >= 0.095


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Busy"])
def test_retry_after_is_respected(status):
    answers = {"a.example/x": [reply(b"", status, "Retry-After: 1\r\n"), reply(b"at last")]}
    fetched, site = fetch("http://a.example/x", answers)
    assert fetched.body == b"at last"
    assert site.times[2] - site.times[1] >= 1.0


@pytest.mark.parametrize(("retry_after", "requests", "error"), [("3600", 1, "deferred"), ("0", 2, None)])
def test_retries_end(retry_after, requests, error):
    limits = replace(QUICK, retries=1)
    fetched, site = fetch("http://a.example/x", {"a.example/x": reply(b"", "429 No", f"Retry-After: {retry_after}\r\n")}, limits)
    assert (fetched.status, fetched.error) == (429, error)
    assert site.asked.count("a.example/x") == requests


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("Sun, 22 Nov 2026 12:01:00 GMT", 60), ("Sun, 22 Nov 2026 11:00:00 GMT", 0), ("soon", None), ("", None), ("-5", None)],
)
def test_retry_after_values(value, seconds):
    assert retry_after_s(value, datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) == seconds


def test_a_server_without_tls_on_the_tls_port():
    async def run():
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(reply())
            await writer.drain()
            writer.close()

        site = Site({})
        async with running(site) as fetcher, await asyncio.start_server(greet, "127.0.0.1", 0) as plain:
            site.port = plain.sockets[0].getsockname()[1]
            return await fetcher.fetch("https://a.example/"), site

    fetched, site = asyncio.run(run())
    assert fetched.error == "tls"
    assert site.dialled[0] == ("93.184.215.14", 443)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A self-signed certificate of a.example."""
    path = tmp_path_factory.mktemp("tls") / "a.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=a.example", "-addext"]
    try:
        subprocess.run([*command, "subjectAltName=DNS:a.example", "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no openssl to make a certificate: {error}")
    return path


@pytest.mark.parametrize(("host", "trusted", "error"), [("a.example", True, None), ("a.example", False, "tls"), ("b.example", True, "tls")])
def test_tls_checks_the_name_not_the_address(certificate, host, trusted, error):
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(f"{certificate}.crt", certificate)

    async def run():
        site = Site({f"{host}/": reply()})
        ours = ssl.create_default_context(cafile=f"{certificate}.crt") if trusted else None
        async with running(site, served_tls=served, tls=ours) as fetcher:
            return await fetcher.fetch(f"https://{host}/")

    assert asyncio.run(run()).error == error


# -- what sites say, kept ----------------------------------------------------------------------------------------------


def together(site, *urls, limits=QUICK, **more):
    async def run():
        async with running(site, limits, **more) as fetcher:
            return await asyncio.gather(*(fetcher.fetch(url) for url in urls))

    return asyncio.run(run())


def test_robots_txt_is_kept_for_the_next_run(tmp_path):
    site = Site({"a.example/robots.txt": reply(b"User-agent: *\nDisallow: /x"), "a.example/y": reply()})
    for _ in range(2):
        denied, allowed = together(site, "http://a.example/x", "http://a.example/y", files=SiteFiles(tmp_path / "files.sqlite"))
        assert (denied.error, denied.robots, denied.robots_source) == ("robots", "denied", "http://a.example/robots.txt 200")
        assert (allowed.error, allowed.robots) == (None, "allowed")
    assert site.asked == ["a.example/robots.txt", "a.example/y", "a.example/y"]


def test_robots_txt_expires(tmp_path):
    site = Site({"a.example/y": reply()})
    for _ in range(2):
        together(site, "http://a.example/y", files=SiteFiles(tmp_path / "files.sqlite"), limits=replace(QUICK, robots_ttl_s=0.0))
    assert site.asked.count("a.example/robots.txt") == 2


def test_of_a_huge_robots_txt_half_a_megabyte_is_read():
    rules = b"User-agent: *\nDisallow: /x\n" + b"#" * 600_000 + b"\nDisallow: /\n"
    denied, allowed = together(
        Site({"a.example/robots.txt": reply(rules), "a.example/y": reply()}), "http://a.example/x", "http://a.example/y"
    )
    assert (denied.error, allowed.error) == ("robots", None)


def test_parsed_rules_at_hand_are_bounded():
    files = SiteFiles()
    for n in range(3_000):
        file = SiteFile(200, b"User-agent: *\nDisallow: /x\n" + b"#" * 1_000)
        files.keep_ready(str(n), rules_of(str(n), file), len(file.body))
    assert len(files.parsed) < 1_000
    assert files.bytes_parsed == sum(size for _, _, size in files.parsed.values())
    assert files.ready("2999") is not None
    assert files.ready("0") is None


RESERVED = reply(b'[{"location": "/papers/", "tdm-reservation": 1}]')


@pytest.mark.parametrize(
    ("path", "answer", "opt_out"),
    [
        ("papers/1", reply(headers="Content-Type: text/html\r\n"), "tdm-reservation"),
        ("papers/1", reply(headers="Content-Type: text/html\r\nTDM-Reservation: 0\r\n"), None),
        ("papers/1", reply(headers="Content-Type: text/css\r\n"), None),
        ("other", reply(headers="Content-Type: text/html\r\n"), None),
    ],
)
def test_tdmrep_json(path, answer, opt_out):
    site = Site({f"a.example/{path}": answer, "a.example/.well-known/tdmrep.json": RESERVED})
    first, second = together(site, f"http://a.example/{path}", f"http://a.example/{path}", reads_tdmrep=True)
    assert (first.opt_out, second.opt_out) == (opt_out, opt_out)
    assert site.asked[:2] == ["a.example/robots.txt", "a.example/.well-known/tdmrep.json"]
    assert site.asked.count("a.example/.well-known/tdmrep.json") == 1


# -- conditions, places, ports, environment ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "sent"),
    [
        (Known("http://a.example/x", '"1"', None), {'If-None-Match: "1"'}),
        (Known("http://a.example/x", None, "Sun, 22 Nov 2026 12:00:00 GMT"), {"If-Modified-Since: Sun, 22 Nov 2026 12:00:00 GMT"}),
        (Known("http://b.example/x", '"1"', None), set()),  # the address that answered was another
        (Known("http://a.example/x", "a\r\nX: y", "é"), set()),
    ],
)
def test_conditional_requests(known, sent):
    async def run():
        site = Site({"a.example/x": b"HTTP/1.1 304 Not Modified\r\n\r\n"})
        async with running(site) as fetcher:
            return await fetcher.fetch("http://a.example/x", known), site

    fetched, site = asyncio.run(run())
    assert (fetched.status, fetched.body, fetched.error) == (304, None, None)
    assert {line for line in site.heads[-1].split("\r\n") if line.startswith("If-")} == sent


def test_several_places_a_host():
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(reply())

    site = Site({f"a.example/{n}": slow for n in range(6)})
    together(site, *(f"http://a.example/{n}" for n in range(6)), per_host=3, pause=0.02)
    assert site.most_open == 3
    assert min(b - a for a, b in zip(site.times[1:], site.times[2:], strict=False)) >= 0.018


def test_requests_on_the_wire_are_bounded_and_who_waits_for_a_host_takes_no_place():
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(reply())

    hosts = {f"h{n}.example": ["93.184.215.14"] for n in range(6)}
    site = Site({f"{host}/x": slow for host in hosts})
    site.resolve = lambda host: asyncio.sleep(0, hosts[host])
    together(site, *(f"http://{host}/x" for host in hosts), in_flight=2)
    assert site.most_open == 2


def test_other_ports_where_they_are_allowed():
    site = Site({"a.example:8080/x": reply(b"there")})
    (fetched,) = together(site, "http://a.example:8080/x", ports={80, 8080})
    assert fetched.body == b"there"
    assert site.dialled[0] == ("93.184.215.14", 8080)


def test_nothing_from_the_environment_sneaks_in(monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    (tmp_path / ".netrc").write_text("machine a.example login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    site = Site({"a.example/x": reply(b"there")})
    (fetched,) = together(site, "http://a.example/x")
    assert fetched.body == b"there"
    assert site.dialled == [("93.184.215.14", 80)]
    assert "authorization" not in site.heads[-1].lower()


def test_hosts_are_forgotten_when_there_are_many(monkeypatch):
    monkeypatch.setattr("vwi_lake.providers.http_hosts._MOST_HOSTS", 10)

    async def run():
        hosts = Hosts(seconds_between=0.0)
        async with hosts.of("http://kept.example/") as kept, hosts.of("http://down.example/") as down:
            down.close("host_down", 60)
        async with hosts.of("http://kept.example/"):
            for n in range(50):
                async with hosts.of(f"http://h{n}.example/"):
                    pass
            async with hosts.of("http://kept.example/") as again, hosts.of("http://down.example/") as still:
                return again is kept, still is down, len(hosts._known)

    assert asyncio.run(run()) == (True, True, 10)


def test_the_systems_resolver():
    assert set(asyncio.run(system_resolve("localhost"))) & {"127.0.0.1", "::1"}


def test_names_that_take_long_hold_up_nobody_else(monkeypatch):
    """A stuck resolver keeps its own threads, not those that the loop lends for other work."""
    released = threading.Event()
    monkeypatch.setattr("vwi_lake.providers.http_exchange.socket.getaddrinfo", lambda *_, **__: released.wait(5) and [])

    async def run():
        stuck = [asyncio.create_task(system_resolve(f"h{n}.example")) for n in range(40)]
        await asyncio.sleep(0.02)
        try:
            async with asyncio.timeout(2):
                return await asyncio.to_thread(lambda: "free")
        finally:
            released.set()
            await asyncio.gather(*stuck)

    assert asyncio.run(run()) == "free"
