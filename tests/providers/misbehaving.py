"""A server on loopback that does to a fetcher what the web does. Which fault it shows is the path; hosts are made up by `resolve`."""

import asyncio
import gzip
import socket
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import brotli
import httpcore
from backports import zstd

from vwi_lake.providers.http import dial_tcp

PUBLIC = "93.184.215.14"  # what made-up hosts resolve to; `dial` goes to the server instead
INSIDE = {
    "inside.example": ["10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mixed.example": [PUBLIC, "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "empty.example": [],
}
BOMB_SIZE = 40_000_000
BOMBS = {
    "gzip": gzip.compress(bytes(BOMB_SIZE), mtime=0),
    "deflate": zlib.compress(bytes(BOMB_SIZE)),
    "br": brotli.compress(bytes(BOMB_SIZE), quality=3),
    "zstd": zstd.compress(bytes(BOMB_SIZE)),
}
PAGE = b"<!doctype html><title>Levers</title><p>What is a lever?" + b" It is a bar on a pivot." * 20

Write = Callable[[bytes], Awaitable[None]]


def reply(body: bytes = PAGE, status: str = "200 OK", headers: str = "Content-Type: text/html\r\n") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def moved(to: str) -> bytes:
    return reply(b"", "302 Found", f"Location: {to}\r\n")


class HangUp(Exception):  # noqa: N818 - what the server does
    pass


async def _silent(write: Write) -> None:
    await asyncio.sleep(3)


async def _drip(write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(60):
        await write(b"x")
        await asyncio.sleep(0.05)


async def _endless(write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(1_000):
        await write(b"x" * 65_536)


async def _endless_chunks(write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(1_000):
        await write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


async def _header_flood(write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\n")
    for i in range(100_000):
        await write(b"X-Flood-%d: %s\r\n" % (i, b"x" * 1_000))


async def _reset(write: Write) -> None:
    raise HangUp


async def _reset_midway(write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
    raise HangUp


FAULTS: dict[str, bytes | Callable[[Write], Awaitable[None]]] = {
    "ok": reply(),
    "tagged": reply(headers='Content-Type: text/html\r\nETag: "1"\r\n'),
    "changed": reply(headers='Content-Type: text/html\r\nETag: "2"\r\n'),
    "licensed": reply(PAGE + b"<a rel=license href=/terms>ours</a>"),
    "missing": reply(b"none", "404 Not Found"),
    "robots.txt": reply(b"none", "404 Not Found"),
    "silent": _silent,
    "drip": _drip,
    "endless": _endless,
    "endless-chunks": _endless_chunks,
    "header-flood": _header_flood,
    "reset": _reset,
    "reset-midway": _reset_midway,
    "length-too-long": reply()[:-100],
    "length-too-short": reply() + b"more than was said",
    "length-huge": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    "length-odd": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "not-http": b"SSH-2.0-OpenSSH_9.0\r\n\r\n",
    "no-body": reply(b""),
    "redirect-loop": moved("/redirect-loop"),
    "redirect-to-inside": moved("http://inside.example/"),
    "redirect-to-metadata": moved("http://metadata.example/latest/"),
    "redirect-to-loopback": moved("http://127.0.0.1/"),
    "redirect-to-decimal": moved("http://2130706433/"),
    "redirect-to-mapped": moved("http://[::ffff:10.0.0.1]/"),
    "redirect-to-mixed": moved("http://mixed.example/"),
    "redirect-to-port": moved("http://a.example:22/"),
    "redirect-to-file": moved("file:///etc/passwd"),
    "redirect-with-password": moved("http://me:secret@a.example/"),
    "storm-429": reply(b"slow down", "429 Too Many Requests", ""),
    "storm-503": reply(b"busy", "503 Service Unavailable", "Retry-After: 0\r\n"),
    "come-back-tomorrow": reply(b"busy", "503 Service Unavailable", "Retry-After: 86400\r\n"),
    "wrong-charset": reply("<p>Größe".encode("latin-1"), headers="Content-Type: text/html; charset=klingon\r\n"),
    "not-gzip": reply(headers="Content-Encoding: gzip\r\n"),
    "opt-out": reply(headers="Content-Type: text/html\r\nX-Robots-Tag: otherbot: none\r\nX-Robots-Tag: noai\r\n"),
    **{f"bomb-{name}": reply(bomb, headers=f"Content-Encoding: {name}\r\n") for name, bomb in BOMBS.items()},
}


@dataclass
class Asked:
    host: str
    path: str
    start: float
    end: float = 0.0


@dataclass
class Server:
    log: list[Asked] = field(default_factory=list)
    dialled: set[str] = field(default_factory=set)
    port: int = 0
    keeps_log: bool = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                await self.answer(head, write)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, HangUp):
            pass
        finally:
            writer.close()

    async def answer(self, head: str, write: Write) -> None:
        host = next(line[6:] for line in head.split("\r\n") if line.startswith("Host: "))
        asked = Asked(host, head.split(" ")[1], time.monotonic())
        if self.keeps_log:
            self.log.append(asked)
        if asked.path.startswith("/tagged") and 'if-none-match: "1"' in head.lower():
            await write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
            asked.end = time.monotonic()
            return
        fault = FAULTS.get(asked.path.strip("/").split("/")[0], FAULTS["missing"])
        try:
            await (write(fault) if isinstance(fault, bytes) else fault(write))
        finally:
            asked.end = time.monotonic()

    async def resolve(self, host: str) -> list[str]:
        if host.startswith("unknown"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return INSIDE.get(host, [PUBLIC])

    async def dial(self, address: str, port: int, timeout_s: float | None) -> httpcore.AsyncNetworkStream:
        self.dialled.add(address)
        if port == 80 or self.port_tls == 0:
            return await dial_tcp("127.0.0.1", self.port, timeout_s)
        return await dial_tcp("127.0.0.1", self.port_tls, timeout_s)

    port_tls: int = 0


@asynccontextmanager
async def misbehaving(tls: ssl.SSLContext | None = None, keeps_log: bool = True):
    """A running Server; where `tls` is given, port 443 of its hosts speaks TLS."""
    server = Server(keeps_log=keeps_log)
    plain = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=1_024)
    server.port = plain.sockets[0].getsockname()[1]
    secure = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls) if tls else None
    server.port_tls = secure.sockets[0].getsockname()[1] if secure else 0
    try:
        yield server
    finally:
        for listening in (plain, secure):
            if listening:
                listening.close()


def most_at_once(log: list[Asked]) -> int:
    """The most requests that any host had in hand at one time, by the server's own log."""
    most, open_now = 0, dict[str, int]()
    for _, is_start, host in sorted([(a.start, True, a.host) for a in log] + [(a.end, False, a.host) for a in log]):
        open_now[host] = open_now.get(host, 0) + (1 if is_start else -1)
        most = max(most, open_now[host])
    return most


def shortest_pause(log: list[Asked]) -> float:
    """The shortest time from one request's end to the next one's start at the same host."""
    last, shortest = dict[str, float](), float("inf")
    for asked in sorted(log, key=lambda a: a.start):
        if asked.host in last:
            shortest = min(shortest, asked.start - last[asked.host])
        last[asked.host] = asked.end
    return shortest
