"""manage.py run: prepare the portal, then serve it until told to stop."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections

from portal import preflight
from portal.supervisor import Plan, Program
from services.models import Service
from services.samples import load_samples

ADMINISTRATOR = "admin"
_END_SECONDS = 7.0  # for what comes after the drain


class Command(BaseCommand):
    """Prepares database, samples and administrator, then becomes the supervisor.

    What is there is kept: a second start only serves. Samples come with the first
    start alone, so that one an administrator has deleted stays deleted.
    """

    help = "Prepare the portal, start web server and worker; Ctrl-C stops both."
    requires_system_checks = ()  # preflight says the same in a sentence, and sooner

    def add_arguments(self, parser: ArgumentParser) -> None:
        host, port = os.environ.get("HOST"), os.environ.get("PORT")
        parser.add_argument("--host", default=host or "127.0.0.1", help="or HOST")
        parser.add_argument("--port", default=port or "8000", help="or PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # there is nothing to clean up
        os.umask(0o077)  # database, results and logs are the owner's
        host: str = options["host"]
        try:
            port = preflight.free_port(host, options["port"])
            preflight.check_folders()
            preflight.check_broker()
            self.prepare()
        except preflight.Refusal as exc:
            sys.exit(str(exc))
        except DatabaseError as exc:
            reason = preflight.first_line(exc)
            sys.exit(f"The database does not answer ({reason}): check DATABASE_URL.")
        self.stdout.write("Starting the web server and the worker…")
        become_supervisor(host, port)

    def prepare(self) -> None:
        """Bring database, samples and administrator up to date."""
        if preflight.is_behind():
            self.stdout.write("Preparing the database…")
            call_command("migrate", verbosity=0, interactive=False)
        if not Service.objects.exists():
            count = len(load_samples())
            self.stdout.write(f"Published {count} sample services.")
        named = User.objects.filter(username=ADMINISTRATOR)
        if not (named | User.objects.filter(is_superuser=True)).exists():
            self.create_administrator(os.environ.get("CAIRN_ADMIN_PASSWORD", ""))

    def create_administrator(self, password: str) -> None:
        """Create the administrator; show the password if it is a random one."""
        made = password or secrets.token_urlsafe(12)
        User.objects.create_superuser(ADMINISTRATOR, password=made)
        shown = "as in CAIRN_ADMIN_PASSWORD" if password else f"{made}  (shown once)"
        self.stdout.write(f"Administrator: {ADMINISTRATOR}, password: {shown}")


def become_supervisor(host: str, port: int) -> NoReturn:
    """Replace this process by the supervisor of web server and worker."""
    root = f"http://{preflight.reached_at(host)}:{port}"
    python = [sys.executable]
    web = ["-m", "gunicorn", "-c", "python:portal.web",
           "-b", f"{preflight.bracketed(host)}:{port}", "portal.wsgi"]  # fmt: skip
    worker = [str(settings.BASE_DIR / "manage.py"), "worker"]
    plan = Plan(
        programs=[
            Program("web", python + web, str(settings.LOGS_DIR / "web.log"), True),
            Program("worker", python + worker, str(settings.LOGS_DIR / "worker.log")),
        ],
        url=f"{root}/{settings.CONTEXT}/rest/info/healthcheck",
        ready=READY.format(
            root=root,
            context=settings.CONTEXT,
            admin=settings.ADMIN_PATH,
            logs=settings.LOGS_DIR,
        ),
        grace=settings.DRAIN_SECONDS + _END_SECONDS,
    )
    connections.close_all()
    sys.stdout.flush()
    text = json.dumps(asdict(plan))
    command = [*python, "-P", "-S", "-m", "portal.supervisor", text]
    os.execve(sys.executable, command, environment(host))  # noqa: S606


READY = """
Cairn is ready.
  Portal              {root}/
  Services Directory  {root}/{context}/rest/services
  Administration      {root}/{admin}/
Ctrl-C stops it. Logs: {logs}
"""


def environment(host: str) -> dict[str, str]:
    """Return the environment of the programs: no password, the names of the host."""
    made = {name: value for name, value in os.environ.items()
            if name != "CAIRN_ADMIN_PASSWORD"}  # fmt: skip
    made.setdefault("CAIRN_ALLOWED_HOSTS", ",".join(preflight.names_of(host)))
    paths = [str(settings.BASE_DIR), made.get("PYTHONPATH", "")]
    return made | {
        "CAIRN_DATA_DIR": str(settings.DATA_DIR),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONUNBUFFERED": "1",
    }
