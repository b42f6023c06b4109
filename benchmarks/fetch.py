"""What a page costs the client: the fetcher beside one shared httpx client and aiohttp, and how full it keeps the wire.

python benchmarks/fetch.py                    # CPU of each over 200 hosts, then 300 ms of latency with 256 in flight
python benchmarks/fetch.py --memory           # growth over 10,000 hosts, some of which misbehave

The server is a process of its own; only the client's CPU counts. Each client is a process of its own too.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import loopback

sys.path.insert(0, str(Path(__file__).parents[1]))

PUBLIC = "93.184.215.14"  # what made-up hosts resolve to; the dialler goes to loopback instead


def our_fetcher(port: int, in_flight: int):
    from vwi_lake.providers.http import HttpFetcher, Limits, dial_tcp

    async def resolve(host: str) -> list[str]:
        return [PUBLIC]

    async def dial(address: str, _: int, timeout_s: float | None):
        return await dial_tcp("127.0.0.1", port, timeout_s)

    limits = Limits(timeout_s=60, deadline_s=120)
    return HttpFetcher("https://crawler.example/about", 0.0, limits, resolve, dial, in_flight=in_flight)


async def ours(port: int, pages: int, hosts: int, in_flight: int) -> float:
    """Robots.txt and tdmrep.json of each host are asked for before the clock starts, as they are once a day."""
    async with our_fetcher(port, in_flight) as fetcher:

        async def lane(host: int, numbers: range) -> None:
            for n in numbers:
                got = await fetcher.fetch(f"http://h{host}.example/p/{n}")
                assert got.status == 200, got

        await asyncio.gather(*(lane(host, range(1)) for host in range(hosts)))
        return await timed([lane(host, range(1, 1 + pages // hosts)) for host in range(hosts)])


async def shared_httpx(port: int, pages: int, hosts: int, in_flight: int) -> float:
    import httpx

    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(limits=limits, timeout=120, trust_env=False) as client:

        async def lane(host: int) -> None:
            for n in range(pages // hosts):
                got = await client.get(f"http://127.0.0.{host % 254 + 1}:{port}/p/{n}")
                assert got.status_code == 200

        return await timed([lane(host) for host in range(hosts)])


async def shared_aiohttp(port: int, pages: int, hosts: int, in_flight: int) -> float:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as client:

        async def lane(host: int) -> None:
            for n in range(pages // hosts):
                async with client.get(f"http://127.0.0.{host % 254 + 1}:{port}/p/{n}") as got:
                    assert got.status == 200
                    await got.read()

        return await timed([lane(host) for host in range(hosts)])


CLIENTS = {"vwi_lake": ours, "httpx, one client": shared_httpx, "aiohttp": shared_aiohttp}
_cpu_before = 0.0


async def timed(lanes: list) -> float:
    global _cpu_before  # noqa: PLW0603 - read once, when the clients' set-up is over
    _cpu_before = time.process_time()
    started = time.perf_counter()
    await asyncio.gather(*lanes)
    return time.perf_counter() - started


def one_client(name: str, port: int, pages: int, hosts: int, in_flight: int) -> dict:
    wall_s = asyncio.run(CLIENTS[name](port, pages, hosts, in_flight))
    done = pages // hosts * hosts
    return {"cpu_ms": (time.process_time() - _cpu_before) * 1000 / done, "pages_s": done / wall_s}


def measure(name: str, port: int, pages: int, hosts: int, in_flight: int) -> dict:
    given = json.dumps([name, port, pages, hosts, in_flight])
    out = subprocess.run([sys.executable, __file__, "--client", given], check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def compare(pages: int, hosts: int) -> None:
    with loopback.running(addresses=min(hosts, 254)) as port:
        found = {name: measure(name, port, pages, hosts, 256) for name in CLIENTS}
    base = found["httpx, one client"]["cpu_ms"]
    print(f"{pages} pages of {hosts} hosts, one request a host at a time\n{'client':20} {'CPU ms/page':>12} {'of httpx':>9} {'pages/s':>8}")
    for name, got in found.items():
        print(f"{name:20} {got['cpu_ms']:12.2f} {got['cpu_ms'] / base:9.2f} {got['pages_s']:8.0f}")


def with_latency(pages: int, hosts: int, latency: float, in_flight: int) -> None:
    with loopback.running(latency=latency) as port:
        got = measure("vwi_lake", port, pages, hosts, in_flight)
    ideal = min(in_flight / latency, 1000 / got["cpu_ms"])
    print(f"\n{latency * 1000:.0f} ms latency, {in_flight} in flight, {hosts} hosts, {pages} pages: {got['cpu_ms']:.2f} CPU ms/page")
    print(f"{got['pages_s']:.0f} pages/s, {got['pages_s'] / ideal:.1%} of the ideal {ideal:.0f} (the wire alone {in_flight / latency:.0f})")


def rss_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def memory(requests: int, hosts: int) -> None:
    """Good pages, bombs, resets, floods and refusals in turn; the server is in this process, so its memory counts as well."""
    from tests.providers.misbehaving import misbehaving
    from vwi_lake.providers.http import HttpFetcher, Limits

    faults = "bomb-gzip bomb-br bomb-zstd bomb-deflate reset endless header-flood storm-503 missing opt-out"
    kinds = ["ok"] * 12 + faults.split()
    limits = Limits(timeout_s=5, max_bytes=300_000, retries=1, first_pause_s=0.0)
    async with misbehaving(keeps_log=False) as server, HttpFetcher("me@a.example", 0.0, limits, server.resolve, server.dial) as fetcher:
        asked, errors, before = 0, dict[str, int](), 0.0

        async def lane(numbers: range) -> None:
            nonlocal asked
            for n in numbers:
                got = await fetcher.fetch(f"http://h{n % hosts}.example/{kinds[n % len(kinds)]}/{n}")
                asked += 1
                errors[str(got.error)] = errors.get(str(got.error), 0) + 1

        for part in range(10):
            numbers = range(part * requests // 10, (part + 1) * requests // 10)
            await asyncio.gather(*(lane(numbers[k::64]) for k in range(64)))
            before = before or rss_mb()
            print(f"{asked:7} fetches  {rss_mb():7.1f} MB  {len(fetcher._hosts._known)} hosts known", flush=True)
        print(f"growth after the first tenth: {rss_mb() - before:.1f} MB; errors {errors}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=6_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds; of the second part")
    parser.add_argument("--in-flight", type=int, default=256, help="of the second part")
    parser.add_argument("--memory", action="store_true", help="only the growth over 20,000 fetches of 10,000 hosts")
    parser.add_argument("--client", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.client:
        print(json.dumps(one_client(*json.loads(given.client))))
    elif given.memory:
        asyncio.run(memory(20_000, 10_000))
    else:
        compare(given.pages, given.hosts)
        with_latency(2 * given.pages, 2 * given.in_flight, given.latency, given.in_flight)


if __name__ == "__main__":
    main()
