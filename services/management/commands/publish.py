"""manage.py publish: put tools into the catalogue, or renew their parameters."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from services.catalog import publish
from services.differences import differences, newest_tool
from services.editing import may_edit
from services.errors import NotFound
from services.management.parameters import edit_parameters
from services.models import Folder, Service, Task
from services.naming import name_problem
from services.registry import installed, publishable
from services.tool import Tool

#: What says something of one parameter, by option: the field of its form.
_EDITS = {
    "mode": "user, choice, constant or hidden",
    "default": "its default, as the form takes it",
    "choices": "its choice list, with commas between the texts",
    "minimum": "the least number",
    "maximum": "the largest number",
    "label": "its display name",
}


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
            "--diff", action="store_true",
            help="say what would change in tasks whose tools have changed; no more",
        )  # fmt: skip
        parser.add_argument(
            "--service", help="[Folder/]Service, made if it is not there"
        )
        parser.add_argument("--task", default="", help="task name; default: the tool's")
        parser.add_argument(
            "--sync", action="store_true", help="a new service runs synchronously"
        )
        who = parser.add_mutually_exclusive_group()
        who.add_argument(
            "--public", action="store_true", help="a new service is open to everyone"
        )
        who.add_argument(
            "--group", action="append", default=[],
            help="a new service is for this group; may be given again",
        )  # fmt: skip
        parser.add_argument(
            "--user",
            default="",
            help="do only what this user may do in the admin; default: everything",
        )
        for name, what in _EDITS.items():
            parser.add_argument(
                f"--{name}", action="append", default=[], metavar="PARAMETER=VALUE",
                help=f"{what}; may be given again",
            )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for tool in publishable().values():
                self.stdout.write(f"{tool.id:40} {tool.summary}")
        elif options["all"] or options["diff"]:
            self._renew_all(options)
        elif options["tool"] and options["service"]:
            self._publish(options)
        else:
            raise CommandError("name a tool and --service, or use --list or --all")

    def _renew_all(self, options: dict[str, Any]) -> None:
        user = user_of(options)
        tasks = Task.objects.select_related("service__folder")
        for task in tasks.prefetch_related("parameters"):
            if user and not _may(user, "change", "task", task.service.folder):
                continue
            try:
                self._tell(task)
                if not options["diff"]:
                    publish(newest_tool(task), task.service, task.name)
            except NotFound as exc:
                self.stderr.write(f"{task}: {exc}")

    def _tell(self, task: Task) -> None:
        for one in differences(task):
            self.stdout.write(f"{task}: {one}")

    @transaction.atomic
    def _publish(self, options: dict[str, Any]) -> None:
        try:
            tool = installed(options["tool"])
        except NotFound as exc:
            raise CommandError(f"{exc}; see manage.py publish --list") from None
        user = user_of(options)
        service = _service_for(options, user)
        task = _task_for(service, tool, options["task"])
        if task is not None:
            self._tell(task)
        task = publish(tool, service, options["task"])
        edit_parameters(task, {name: options[name] for name in _EDITS})
        self.stdout.write(f"{tool.id} is published as {task}.")


def user_of(options: dict[str, Any]) -> User | None:
    """Return the user of ``--user``, None for nobody in particular."""
    if not options["user"]:
        return None
    user = User.objects.filter(username=options["user"], is_active=True).first()
    if user is None or not user.is_staff:
        raise CommandError(f"--user: there is no {options['user']} among the staff")
    return user


def _may(user: User, act: str, model: str, folder: Folder | None) -> bool:
    return user.has_perm(f"services.{act}_{model}") and may_edit(user, folder)


def _service_for(options: dict[str, Any], user: User | None) -> Service:
    """Return the service to publish in, made by the rules of the form if it is new."""
    folder_name, _, name = options["service"].rpartition("/")
    folder = Folder.objects.filter(name__iexact=folder_name).first()
    found = Service.objects.filter(folder=folder, name__iexact=name).first()
    known = found is not None and (folder is not None or not folder_name)
    acts = [("add", "task")] if known else [("add", "task"), ("add", "service")]
    new_folder = folder is None and bool(folder_name)
    if user and (
        new_folder or not all(_may(user, act, model, folder) for act, model in acts)
    ):
        raise CommandError(f"{user} may not publish at {options['service']}")
    if known and found is not None:
        return found
    groups = _groups(options["group"])
    problem = "" if new_folder else name_problem(folder, name)
    if problem:
        raise CommandError(f"--service: {problem}")
    service = service_at(options["service"], **_properties(options))
    service.allowed_groups.set(groups)
    return service


def _properties(options: dict[str, Any]) -> dict[str, Any]:
    execution, access = Service.Execution, Service.Access
    level = access.EVERYONE if options["public"] else access.SIGNED_IN
    is_sync = options["sync"]
    return {
        "execution_type": execution.SYNCHRONOUS if is_sync else execution.ASYNCHRONOUS,
        "access": access.CHOSEN if options["group"] else level,
    }


def _groups(names: list[str]) -> list[Group]:
    found = []
    for name in names:
        group = Group.objects.filter(name=name).first()
        if group is None:
            raise CommandError(f"--group: there is no group {name}")
        found.append(group)
    return found


def _task_for(service: Service, tool: Tool, name: str) -> Task | None:
    """Return the task that is renewed, None if it is new; refuse that of another."""
    wanted = name or tool.name
    task = service.tasks.filter(name__iexact=wanted).first()
    if task is None:
        try:
            Task(name=wanted, tool_id=tool.id).full_clean(["service"], False, False)
        except ValidationError as exc:
            raise CommandError(f"--task: {' '.join(exc.messages)}") from None
        return None
    if task.tool_id.partition("@")[0] != tool.id.partition("@")[0]:
        raise CommandError(f"{task} publishes another tool, {task.tool_id}")
    return task


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
