"""Database and broker servers of a test alone, which may be killed and emptied."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import redis

from tests.chaos.site import free_port
from tests.conftest import unavailable
from tests.portal.processes import wait_for

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_USER = "postgres"


class Postgres:
    """A PostgreSQL cluster in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"postgres://{_USER}@127.0.0.1:{self.port}/postgres"
        self._folder = folder

    def make(self) -> None:
        """Make the cluster and start it."""
        self._do("initdb", "-A", "trust", "-U", _USER, "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c max_connections=200"
        options += f" -k {self._folder}"
        log = str(self._folder / "log")
        self._do("pg_ctl", "-w", "-l", log, "-o", options, "start")

    def crash(self) -> None:
        """End it as a loss of power does."""
        self._do("pg_ctl", "-m", "immediate", "-w", "stop")

    def crash_and_start(self, seconds_between: float = 1.0) -> None:
        """Be away for a moment."""
        self.crash()
        time.sleep(seconds_between)
        self.start()

    def is_there(self) -> bool:
        """Tell if it answers."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.url):
            return True
        return False

    def _do(self, program: str, *arguments: str) -> None:
        command = [str(_BINARIES[-1] / program), "-D", str(self._folder / "data")]
        command += arguments
        if os.getuid() == 0:  # it refuses to run as root
            command = ["runuser", "-u", _USER, "--", *command]
        log = self._folder / "commands"
        with log.open("ab") as output:
            subprocess.run(
                command, cwd="/", check=True, timeout=60, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output,
            )  # fmt: skip


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Yield a PostgreSQL server of its own; skip where there is none to be had."""
    if not _BINARIES:
        unavailable("postgres", "the programs of PostgreSQL are not installed")
    folder = Path(tempfile.mkdtemp(prefix="cairn-postgres-"))
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam(_USER).pw_uid, pwd.getpwnam(_USER).pw_gid)
    server = Postgres(folder)
    try:
        server.make()
        yield server
    finally:
        with suppress(subprocess.CalledProcessError):
            server.crash()
        shutil.rmtree(folder, ignore_errors=True)


class Redis:
    """A Redis server that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = ["redis-server", "--port", str(self._port), "--bind", "127.0.0.1",
                   "--save", "", "--appendonly", "no", "--dir", str(self._folder)]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(self.is_there)
        return process

    def is_there(self) -> bool:
        """Tell if it answers."""
        with suppress(redis.RedisError), redis.Redis.from_url(self.url) as client:
            return bool(client.ping())
        return False

    def empty(self) -> None:
        """Forget all that it was told."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(10)

    def kill_and_start(self) -> None:
        """Be away for a moment, and have forgotten all."""
        self.kill()
        self._process = self._started()


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """Yield a Redis server of its own; skip where there is none to be had."""
    if not shutil.which("redis-server"):
        unavailable("redis", "the program of Redis is not installed")
    server = Redis(folder)
    try:
        yield server
    finally:
        server.kill()
