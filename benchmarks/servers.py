"""Real servers for tests and benchmarks, each on a free port of loopback: a PostgreSQL cluster, an S3 store, Prefect, a model."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}


def find_postgres() -> Path | None:
    """The folder of initdb and postgres: on PATH, or where Debian puts the newest version."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve()] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass
class Postgres:
    """A cluster of its own in a temporary folder; PostgreSQL refuses to run as root, so root lends it to another user."""

    folder: Path
    port: int
    binaries: Path
    process: subprocess.Popen | None = None

    def dsn_of(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=vwi dbname={database}"

    def create(self, database: str) -> None:
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "vwi", database)

    def make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-D", str(self.data), "-U", "vwi", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\nlc_messages = 'C'\n")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def user(self) -> str:
        with suppress(KeyError):
            return pwd.getpwnam("postgres").pw_name
        return "nobody"

    def _command(self, name: str, *arguments: str) -> list[str]:
        lent = ["setpriv", "--reuid", self.user, "--regid", self.user_group, "--clear-groups"] if os.geteuid() == 0 else []
        return [*lent, str(self.binaries / name), *arguments]

    @property
    def user_group(self) -> str:
        return str(pwd.getpwnam(self.user).pw_gid)

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(self._command(name, *arguments), cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")

    def open(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(self._command("postgres", "-D", str(self.data)), cwd="/", stdout=log, stderr=log)
        for _ in range(600):
            ready = subprocess.run(
                [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "vwi", "-d", "postgres"], check=False
            )
            if ready.returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((self.folder / "server.log").read_text()[-2000:])

    def kill(self) -> None:
        """As a crash would: SIGQUIT is PostgreSQL's immediate shutdown, after which it recovers from its log."""
        if self.process:
            self.process.send_signal(3)
            self.process.wait()
            self.process = None


@contextmanager
def postgres(port: int | None = None) -> Iterator[Postgres]:
    """A running cluster with the empty database `vwi`."""
    binaries = find_postgres()
    if binaries is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="vwi-postgres-", dir="/tmp" if os.geteuid() == 0 else None))
    server = Postgres(folder, port or free_port(), binaries)
    try:
        folder.chmod(0o755)
        server.make()
        server.open()
        server.create("vwi")
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def s3(*buckets: str, port: int | None = None) -> Iterator[str]:
    """The address of an S3-protocol server (moto's, its objects in memory), with these buckets; keys and address are in the environment."""
    import fsspec

    port = port or free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    before = dict(os.environ)
    try:
        _wait_for(port, process)
        os.environ |= KEYS | {"AWS_ENDPOINT_URL": address}
        filesystem = fsspec.filesystem("s3", skip_instance_cache=True)
        for bucket in buckets:
            filesystem.mkdir(bucket)
        yield address
    finally:
        os.environ.clear()
        os.environ |= before
        fsspec.get_filesystem_class("s3").clear_instance_cache()  # else whoever comes next in this process asks at this port
        process.kill()
        process.wait()


class Door:
    """A process in front of a server, which passes bytes on: killed, all connections break, and the server keeps what it holds."""

    def __init__(self, behind: str) -> None:
        self.behind, self.port = behind.rpartition(":")[2], free_port()
        self.process: subprocess.Popen | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", PASS_ON, str(self.port), self.behind])
        _wait_for(self.port, self.process)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self) -> "Door":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


PASS_ON = """
import asyncio, sys
async def pump(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
async def met(reader, writer):
    try:
        there = await asyncio.open_connection('127.0.0.1', int(sys.argv[2]))
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
async def main():
    server = await asyncio.start_server(met, '127.0.0.1', int(sys.argv[1]), backlog=256)
    await server.serve_forever()
asyncio.run(main())
"""


class Prefect:
    """A Prefect server with a database of its own in `folder`: killed, it comes back to the same port and what it knew."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen | None = None

    @property
    def environment(self) -> dict[str, str]:
        quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "PREFECT_LOGGING_TO_API_ENABLED": "false"}
        return {"PREFECT_HOME": str(self.folder), "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api", **quiet}

    def open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=os.environ | self.environment, stdout=log, stderr=log, start_new_session=True)
        _wait_for(self.port, self.process)

    def kill(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def __enter__(self) -> "Prefect":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


@contextmanager
def model(latency_s: float, log: Path) -> Iterator[str]:
    """A model's endpoint whose replies take `latency_s` seconds and are logged (benchmarks/llm_server.py): its base URL."""
    command = [sys.executable, Path(__file__).with_name("llm_server.py"), str(latency_s), log]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"what should answer on port {port} did not start: {process.args}")


@contextmanager
def team() -> Iterator[dict[str, str]]:
    """The settings of [lake] for a catalog in PostgreSQL and data and blobs on S3, with both servers running."""
    with postgres() as catalog, s3("lake"):
        yield {"catalog": f"postgres:{catalog.dsn_of('vwi')}", "data": "s3://lake/data/", "blobs": "s3://lake/blobs"}
