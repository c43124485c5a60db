"""manage.py publish: put tools into the catalogue, or renew their parameters."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from services.catalog import publish
from services.errors import NotFound
from services.models import Folder, Service, Task
from services.registry import installed, publishable


class Command(BaseCommand):
    """Publishes one tool, lists the tools, or renews all published tasks."""

    help = (
        "Publish a tool as a task: manage.py publish proximity.Buffer"
        " --service Analysis/Proximity. What an administrator has edited stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tool", nargs="?", help="toolbox.Tool; see --list")
        parser.add_argument("--list", action="store_true", help="list installed tools")
        parser.add_argument(
            "--all", action="store_true", help="renew the parameters of all tasks"
        )
        parser.add_argument(
            "--service", help="[Folder/]Service, made if it is not there"
        )
        parser.add_argument("--task", default="", help="task name; default: the tool's")
        parser.add_argument(
            "--sync", action="store_true", help="a new service runs synchronously"
        )
        parser.add_argument(
            "--public", action="store_true", help="a new service is open to everyone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for tool in publishable().values():
                self.stdout.write(f"{tool.id:40} {tool.summary}")
        elif options["all"]:
            self._renew_all()
        elif options["tool"] and options["service"]:
            self._publish(options)
        else:
            raise CommandError("name a tool and --service, or use --list or --all")

    def _renew_all(self) -> None:
        for task in Task.objects.select_related("service"):
            try:
                publish(installed(task.tool_id), task.service, task.name)
            except NotFound as exc:
                self.stderr.write(f"{task}: {exc}")

    @transaction.atomic
    def _publish(self, options: dict[str, Any]) -> None:
        try:
            tool = installed(options["tool"])
        except NotFound as exc:
            raise CommandError(f"{exc}; see manage.py publish --list") from None
        execution = Service.Execution
        service = service_at(
            options["service"],
            execution_type=execution.SYNCHRONOUS
            if options["sync"]
            else execution.ASYNCHRONOUS,
            access=Service.Access.EVERYONE
            if options["public"]
            else Service.Access.SIGNED_IN,
        )
        task = publish(tool, service, options["task"])
        self.stdout.write(f"{tool.id} is published as {task}.")


def service_at(path: str, **defaults: Any) -> Service:
    """Return the service at ``[Folder/]Name``, made with ``defaults`` if missing."""
    folder_name, _, name = path.rpartition("/")
    folder = None
    if folder_name:
        folder, _ = Folder.objects.get_or_create(name=folder_name)
    service, _ = Service.objects.get_or_create(
        folder=folder, name=name, defaults=defaults
    )
    return service
