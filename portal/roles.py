"""The roles of a portal besides administrator, as groups that hold permissions.

They are made and renewed by ``migrate``; whoever needs other rights makes a group of
their own. A member needs the mark of staff too, as for everything in the admin.
"""

from __future__ import annotations

from typing import Any

from auditlog.context import disable_auditlog
from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.db.models.signals import post_migrate
from django.dispatch import receiver

PUBLISHER = "Cairn publisher"
OPERATOR = "Cairn operator"
AUDITOR = "Cairn auditor"

#: Permissions of a role by ``app.codename``. A publisher's hold in own folders alone.
ROLES: dict[str, tuple[str, ...]] = {
    PUBLISHER: (
        "services.change_folder",
        "services.add_service", "services.change_service", "services.delete_service",
        "services.add_task", "services.change_task", "services.delete_task",
        "services.change_taskparameter",
    ),
    OPERATOR: (
        "services.view_folder", "services.view_service", "services.view_task",
        "services.view_taskparameter",
        "jobs.view_job", "jobs.change_job", "jobs.delete_job", "jobs.view_jobmessage",
        "jobs.view_upload", "jobs.delete_upload",
        "jobs.view_sharelink", "jobs.change_sharelink",
        "portal.view_logevent", "portal.delete_logevent",
        "portal.view_announcement", "portal.add_announcement",
        "portal.change_announcement", "portal.delete_announcement",
        "jobs.view_worker", "jobs.change_worker", "jobs.view_usage",
    ),
}  # fmt: skip
#: Apps whose rows no role reads: their secrets open the portal.
_UNREADABLE = ("sessions", "django_q", "contenttypes", "otp_totp", "otp_static")


@receiver(post_migrate)
def renew_roles(sender: Any, using: str, apps: Apps = installed, **_: Any) -> None:
    """Make the groups with the permissions of this version, once there are tables.

    ``apps`` has the models as far as they have been migrated.
    """
    if sender.name != "portal" or not _has_groups(apps):
        return
    for config in installed.get_app_configs():  # others come after this one
        create_permissions(config, verbosity=0, using=using, apps=apps)
    for name, permissions in permissions_of_roles(using).items():
        with disable_auditlog():  # no person has done it
            group, _created = Group.objects.using(using).get_or_create(name=name)
            group.permissions.set(permissions)


def _has_groups(migrated: Apps) -> bool:
    try:
        migrated.get_model("auth", "Group")
    except LookupError:
        return False
    return True


def permissions_of_roles(using: str = "default") -> dict[str, QuerySet[Permission]]:
    """Return the permissions of each role; an auditor's are all that only read."""
    every = Permission.objects.using(using)
    found = {name: every.filter(_named(names)) for name, names in ROLES.items()}
    readable = every.exclude(content_type__app_label__in=_UNREADABLE)
    return found | {AUDITOR: readable.filter(codename__startswith="view_")}


def _named(names: tuple[str, ...]) -> Q:
    condition = Q(pk=None)
    for name in names:
        app, _, codename = name.partition(".")
        condition |= Q(content_type__app_label=app, codename=codename)
    return condition
