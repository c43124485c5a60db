"""manage.py run: what a person sees who starts, stops and starts the portal again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests import fresh
from tests.portal.processes import Tag, wait_for
from tests.test_readme import README, code_blocks

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = "http://127.0.0.1:8000/"
BUFFER = "server/rest/services/Samples/Buffer/GPServer/Buffer"
POINT = (
    '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},'
    '"features":[{"geometry":{"x":25,"y":60}}]}'
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, port: int, **variables: str) -> dict[str, str]:
    """The environment of a person who has set no more than these."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CAIRN_") and name not in ("DATABASE_URL", "MAKELEVEL")
    }
    return kept | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "CAIRN_DATA_DIR": str(folder),
        "PORT": str(port),
        **variables,
    }


class Portal:
    """A started ``manage.py run``."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.tag = Tag()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/"
        self.console = folder.with_name(f"console-{port}.txt")
        env = environment(folder, port, **variables) | self.tag.environment
        with self.console.open("w") as console:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                stdout=console, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        wait_for(lambda: "Cairn is ready." in self.output(), limit=60)

    def output(self) -> str:
        assert self.process.poll() is None, self.console.read_text()
        return self.console.read_text()

    def readme(self, text: str, password: str) -> str:
        """Run the first example of the README with a text; return what it shows."""
        script = next(one for one in code_blocks(README, "bash") if text in one)
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace(DEFAULT, self.url)],
            env=os.environ | {"PASSWORD": password}, cwd=self.console.parent,
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return ended.stdout

    def buffer(self) -> dict:
        form = {"Input_Features": POINT, "Distance": "1 Kilometers", "f": "json"}
        return requests.post(f"{self.url}{BUFFER}/execute", form, timeout=30).json()


def refused(folder: Path, port: int, **variables: str) -> str:
    """Return the only line that a start writes, which fails."""
    ended = fresh.run(["manage.py", "run"], environment(folder, port, **variables))
    assert ended.returncode == 1
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    return line


def test_a_taken_port_ends_with_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert f"Port {port} is taken" in refused(tmp_path, port)


@pytest.mark.parametrize("key", [{}, {"CAIRN_SECRET_KEY": "k" * 60}], ids=["", "key"])
def test_a_folder_without_access_ends_with_a_sentence(key):
    line = refused(Path("/dev/null/cairn"), free_port(), **key)
    assert "/dev/null/cairn" in line
    assert "CAIRN_DATA_DIR" in line


def test_a_setting_that_is_no_number_ends_with_a_sentence(tmp_path):
    line = refused(tmp_path, free_port(), CAIRN_WEB_WORKERS="many")
    assert "CAIRN_WEB_WORKERS is 'many'" in line


def test_a_database_that_is_not_there_ends_with_a_sentence(tmp_path):
    url = "postgres://cairn:secret-word@127.0.0.1:1/cairn"
    line = refused(tmp_path, free_port(), DATABASE_URL=url)
    assert "check DATABASE_URL" in line
    assert "secret-word" not in line


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_serves_keeps_the_data_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "data"
    first = Portal(folder)
    [password] = re.findall(r"admin, password: (\S+)", first.output())
    buffer, sleep = "/Buffer/execute", "Seconds=3"
    assert [
        "rings" in first.readme(buffer, password),
        first.readme(sleep, password),
    ] == [
        True,
        '{"paramName":"Report","dataType":"GPString","value":"Slept 3 seconds."}',
    ]
    assert "Private/Buffer" in first.readme("generateToken", password)
    first.readme("map.png", password)
    assert (first.console.parent / "map.png").read_bytes().startswith(b"\x89PNG")
    for path in ("", "server/rest/services", "admin/"):
        assert f"{first.url}{path}\n" in first.output()
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(40) == 0  # the time to drain and what comes after it
    assert first.tag.pids() == []

    second = Portal(folder, CAIRN_ADMIN_PASSWORD="only for the first start")
    assert "password" not in second.output()
    assert "Published" not in second.output()
    form = {"username": "admin", "password": password, "f": "json"}
    token = f"{second.url}server/rest/generateToken"
    assert "token" in requests.post(token, form, timeout=30).json()
    assert second.buffer()["messages"]
    forged = {"X-Forwarded-Proto": "https"}  # there is no proxy: CAIRN_BEHIND_PROXY
    info = requests.get(
        f"{second.url}server/rest/info?f=json", headers=forged, timeout=30
    )
    assert f'"{second.url}server/tokens' in info.text
    second.process.kill()
    second.process.wait(10)
    second.tag.seconds_until_gone()
    logs = "".join(path.read_text() for path in (folder / "logs").iterdir())
    assert password not in logs
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
