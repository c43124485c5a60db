"""The portal that the clients meet, and the programs that run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"
MODULES = HERE / "node_modules"

#: Fills the catalogue of the portal and makes the one user.
SETUP = """
import os
from django.contrib.auth.models import User
from services.samples import load_samples
load_samples()
User.objects.create_user("analyst", password=os.environ["CONTRACT_PASSWORD"])
"""
_SECONDS = 120


@dataclass(frozen=True)
class Site:
    """Addresses of a running portal, and the password of its user ``analyst``."""

    address: str
    context: str
    password: str

    @property
    def root(self) -> str:
        """The URL of the context."""
        return f"{self.address}/{self.context}"

    def service(self, path: str) -> str:
        """Return the URL of a service, as ``Folder/Name``."""
        return f"{self.root}/rest/services/{path}/GPServer"

    def task(self, path: str, name: str) -> str:
        """Return the URL of a task."""
        return f"{self.service(path)}/{name}"

    @property
    def sign_in(self) -> dict[str, str]:
        """User name and password."""
        return {"username": "analyst", "password": self.password}


def run_python(script: str, scenario: str, **given: Any) -> Any:
    """Run a scenario of a Python client; return what it prints."""
    return _run([str(PYTHON), str(HERE / "clients" / script), scenario], given)


def run_node(script: str, scenario: str, **given: Any) -> Any:
    """Run a scenario of a JavaScript client in Node; return what it prints."""
    node = shutil.which("node") or "node"
    return _run([node, str(HERE / "clients" / script), scenario], given)


def _run(command: list[str], given: dict[str, Any]) -> Any:
    """Return the last line of a program's output, read as JSON."""
    own = ("DJANGO_", "CAIRN_", "PYTHON")  # settings of the tests, not of the client
    env = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True,
        timeout=_SECONDS, check=False, env=env,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stderr[-4000:]}\n{done.stdout[-1000:]}"
    return json.loads(done.stdout.splitlines()[-1])
