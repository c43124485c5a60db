"""The portal that the clients meet, and the processes of the clients."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
#: Where ``make contract`` installs the clients.
CLIENTS = HERE.parents[1] / ".clients"
PYTHON = CLIENTS / "arcgis" / "bin" / "python"
MODULES = CLIENTS / "node_modules"

#: Fills the catalogue of the portal and makes the one user.
SETUP = """
import os
from django.contrib.auth.models import User
from django.core.management import call_command
from services.samples import load_samples
load_samples()
call_command("publish", "toys.WriteFile", service="Toys/Files", public=True)
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

    def features(self, path: str) -> str:
        """Return the URL of a feature service, as ``Folder/Name``."""
        return f"{self.root}/rest/services/{path}/FeatureServer"

    def task(self, path: str, name: str) -> str:
        """Return the URL of a task."""
        return f"{self.service(path)}/{name}"

    @property
    def tokens(self) -> str:
        """The URL that tokens come from."""
        return f"{self.root}/tokens/generateToken"

    @property
    def sign_in(self) -> dict[str, str]:
        """User name and password."""
        return {"username": "analyst", "password": self.password}


def environment() -> dict[str, str]:
    """Return the variables of a client: those of this process, but not the tests'."""
    own = ("DJANGO_", "CAIRN_", "PYTHON")
    return {name: v for name, v in os.environ.items() if not name.startswith(own)}


def run_node(script: str, scenario: str, **given: Any) -> Any:
    """Run a scenario of a JavaScript client in Node; return what it prints."""
    text = (HERE / "clients" / script).read_text("utf-8")
    node = shutil.which("node") or "node"
    done = subprocess.run(
        [node, "--input-type=module", "--eval", text, scenario],
        cwd=CLIENTS,  # a text that is evaluated finds its packages from there
        input=json.dumps(given), capture_output=True, text=True, timeout=_SECONDS,
        check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stderr[-4000:]}\n{done.stdout[-1000:]}"
    return json.loads(done.stdout.splitlines()[-1])


class PythonClient:
    """A process of the ArcGIS API for Python: seconds to start, then quick."""

    def __init__(self, log: Path) -> None:
        self.log = log
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [str(PYTHON), str(HERE / "clients" / "arcgis_api.py")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                text=True, env=environment(),
            )  # fmt: skip

    def run(self, scenario: str, **given: Any) -> Any:
        """Run a scenario; return value or error, and the requests sent."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([scenario, given]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-4000:]
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
