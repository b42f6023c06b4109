"""A quick web server on loopback for benchmarks, in a process of its own; every request goes to a log.

python benchmarks/loopback.py PORT --addresses 200 --latency 0.3 --log FILE
"""

import argparse
import asyncio
import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

SENTENCES = b" ".join(b"A lever is a rigid bar that turns on a pivot, and number %d of these is no different." % i for i in range(6))


def page(path: str) -> bytes:
    name = path.encode()
    parts = b"".join(
        b"<h2>Problem %d</h2><p>%s</p><p>What does the figure show?</p><p><img src='/i%s.png' alt='a lever'></p><p>%s</p>"
        % (i, SENTENCES, name, SENTENCES)
        for i in range(15)
    )
    return b"<!doctype html><title>Levers %s</title><main><h1>Levers %s</h1>%s</main>" % (name, name, parts)


def picture(path: str) -> bytes:
    out = io.BytesIO()
    seed = sum(path.encode())
    Image.new("RGB", (64, 48), (seed % 256, seed * 7 % 256, seed * 31 % 256)).save(out, "PNG")
    return out.getvalue()


def answer(path: str) -> tuple[bytes, bytes, bytes]:
    """Status, type and body."""
    if path in ("/robots.txt", "/.well-known/tdmrep.json"):
        return b"404 Not Found", b"text/plain", b""
    if path.endswith(".png"):
        return b"200 OK", b"image/png", picture(path)
    return b"200 OK", b"text/html; charset=utf-8", page(path)


class Connection(asyncio.Protocol):
    latency, log = 0.0, -1

    def connection_made(self, transport) -> None:
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            began = time.monotonic()
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.answer, head, began)
            else:
                self.answer(head, began)

    def answer(self, head: bytes, began: float) -> None:
        first, *lines = head.split(b"\r\n")
        path = first.split(b" ")[1].decode()
        status, kind, body = answer(path)
        if not self.transport.is_closing():
            self.transport.write(
                b'HTTP/1.1 %s\r\nContent-Type: %s\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n' % (status, kind, len(body)) + body
            )
        if self.log >= 0:
            host = next(line[6:] for line in lines if line.lower().startswith(b"host: ")).decode()
            os.write(self.log, f"{began:.6f} {time.monotonic():.6f} {host} {path}\n".encode())


async def serve(port: int, addresses: int) -> None:
    hosts = [f"127.0.0.{n + 1}" for n in range(addresses)]
    server = await asyncio.get_running_loop().create_server(Connection, hosts, port, backlog=1_024)
    await server.serve_forever()


@contextmanager
def running(addresses: int = 1, latency: float = 0.0, log: Path | None = None) -> Iterator[int]:
    """The port of a server in another process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, str(port), "--addresses", str(addresses), "--latency", str(latency)]
    process = subprocess.Popen([*command, *(["--log", str(log)] if log else [])])
    try:
        wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--addresses", type=int, default=1, help="how many of 127.0.0.1, 127.0.0.2 … it listens at")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument("--log", help="a line for each request: began, ended, host, path")
    given = parser.parse_args()
    Connection.latency = given.latency
    if given.log:
        Connection.log = os.open(given.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    asyncio.run(serve(given.port, given.addresses))


if __name__ == "__main__":
    main()
