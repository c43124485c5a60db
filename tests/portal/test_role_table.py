"""One table of roles: what each may do with services, alike on every surface.

Each row is tried in the admin, over the Administrator API and, where there is one, by a
command for a user; what counts is what has become of the rows afterwards.
"""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs.models import Job
from portal.roles import AUDITOR, OPERATOR, PUBLISHER
from services.models import Folder, Service, Task
from tests.portal.adminrest.conftest import Administrator
from tests.portal.people import browser, page, row, someone
from tests.services.admin_pages import BOX, fields_of, run

MINE, THEIRS = "Mine/Sleep", "Theirs/Sleep"

# --- What is done, by surface ---------------------------------------------------------


def _see_admin(user, path):
    return browser(user).get(page("service", row(path))).status_code == 200


def _see_rest(user, path):
    return "serviceName" in Administrator(user).get(f"/services/{path}.GPServer")


def _stop_admin(user, path):
    run(browser(user), "stop", row(path), confirmed="yes")


def _stop_rest(user, path):
    Administrator(user).post(f"/services/{path}.GPServer/stop")


def _edit_admin(user, path):
    client, url = browser(user), page("service", row(path))
    found = client.get(url)
    can_edit = found.status_code == 200 and found.context["has_change_permission"]
    data = fields_of(found) if can_edit else {}
    client.post(url, data | {"max_run_seconds": 77})


def _edit_rest(user, path):
    sent = {"maxUsageTime": 77}
    Administrator(user).post(f"/services/{path}.GPServer/edit", service=sent)


def _allow_admin(user, path):
    client = browser(user)
    run(client, "set_access", row(path), confirmed="yes", access="everyone")


def _allow_rest(user, path):
    Administrator(user).post(f"/services/{path}.GPServer/permissions/add", principal="esriEveryone")  # fmt: skip


def _purge_admin(user, path):
    run(browser(user), "purge_queue", row(path), confirmed="yes")


def _purge_rest(user, path):
    Administrator(user).post(f"/services/{path}.GPServer/jobs/purgeQueue")


def _delete_admin(user, path):
    service = row(path)
    browser(user).post(f"{BOX}/service/{service.pk}/delete/", {"post": "yes"})


def _delete_rest(user, path):
    Administrator(user).post(f"/services/{path}.GPServer/delete")


def _publish_admin(user, path):
    folder = Folder.objects.get(name=path.partition("/")[0])
    sent = {"tools": "toys.Fail", "folder": folder.pk, "name": "New",
            "execution_type": "esriExecutionTypeSynchronous", "access": "signed_in"}  # fmt: skip
    browser(user).post(f"{BOX}/service/publish/service/", sent)


def _publish_rest(user, path):
    sent = {"serviceName": "New", "type": "GPServer", "properties": {"toolbox": "toys.Fail"}}  # fmt: skip
    folder = path.partition("/")[0]
    Administrator(user).post(f"/services/{folder}/createService", service=sent)


def _publish_command(user, path):
    folder = path.partition("/")[0]
    words = ["toys.Fail", "--service", f"{folder}/New", "--user", user.username]
    with suppress(CommandError):
        call_command("publish", *words, verbosity=0)


def _import_admin(user, path):
    sent = {"serviceName": "New", "type": "GPServer", "folderName": path.partition("/")[0],
            "properties": {}, "tasks": [{"tool": "toys.Fail"}]}  # fmt: skip
    browser(user).post(f"{BOX}/service/import/", {"text": json.dumps(sent)})


def _parameter_admin(user, path):
    from tests.services.admin_pages import parameter_edit

    task = row(path).tasks.get()
    client, url = browser(user), page("task", task)
    answer = client.get(url)
    if answer.status_code == 200 and answer.context.get("has_change_permission"):
        parameter_edit(client, task, "Seconds", label="Other")
    else:
        client.post(url, {"parameters-0-label": "Other"})


# --- What has come of it --------------------------------------------------------------


def _is_stopped(path):
    return row(path).state == "STOPPED"


def _is_edited(path):
    return row(path).max_run_seconds == 77


def _is_open(path):
    return row(path).access == "everyone"


def _is_purged(path):
    return Job.objects.get(service_path=path).status == "esriJobCancelled"


def _is_deleted(path):
    folder, _, name = path.partition("/")
    return not Service.objects.filter(folder__name=folder, name=name).exists()


def _is_published(path):
    folder = path.partition("/")[0]
    return Task.objects.filter(service__folder__name=folder, service__name="New").exists()  # fmt: skip


def _is_relabelled(path):
    return row(path).tasks.get().parameters.filter(label="Other").exists()


#: Who may: everywhere ("all"), in own folders ("own"), nowhere ("").
ADMINISTRATOR = "administrator"
TABLE = {
    "see": ((_see_admin, _see_rest), None,
            {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "all", AUDITOR: "all"}),
    "stop": ((_stop_admin, _stop_rest), _is_stopped,
             {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "", AUDITOR: ""}),
    "edit": ((_edit_admin, _edit_rest), _is_edited,
             {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "", AUDITOR: ""}),
    "say who can run": ((_allow_admin, _allow_rest), _is_open,
                        {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "", AUDITOR: ""}),
    "edit parameters": ((_parameter_admin,), _is_relabelled,
                        {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "", AUDITOR: ""}),
    "publish": ((_publish_admin, _publish_rest, _publish_command, _import_admin), _is_published,
                {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "", AUDITOR: ""}),
    "delete": ((_delete_admin, _delete_rest), _is_deleted,
               {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "", AUDITOR: ""}),
    "purge the queue": ((_purge_admin, _purge_rest), _is_purged,
                        {ADMINISTRATOR: "all", PUBLISHER: "own", OPERATOR: "all", AUDITOR: ""}),
}  # fmt: skip

#: What tells a reach: who may everywhere may in another's folder, who may nowhere may
#: not even in an own one.
TOLD_BY = {"all": {THEIRS: True}, "own": {MINE: True, THEIRS: False}, "": {MINE: False}}

CASES = [
    pytest.param(do, came, rights[role], role, id=f"{role}, {act}, {do.__name__[1:]}")
    for act, (doings, came, rights) in TABLE.items()
    for do in doings
    for role in rights
]


@pytest.fixture
def site(published):
    """Two services, with a job that waits each; one folder is a publisher's."""
    for path in (MINE, THEIRS):
        service = published("toys.Sleep", path, sync=False, access="signed_in")
        Job.objects.create(
            service=service, service_path=path, task_name="Sleep", mode="async",
            status="esriJobSubmitted", submitted_at=timezone.now(),
        )  # fmt: skip


def _person(role):
    if role == ADMINISTRATOR:
        return User.objects.create_superuser("someone")
    user = someone(role)
    Folder.objects.get(name="Mine").owners.add(user)
    return user


@pytest.mark.parametrize(("do", "came", "reach", "role"), CASES)
def test_a_role_may_the_same_on_every_surface(site, do, came, reach, role):
    user, may = _person(role), TOLD_BY[reach]
    done = {path: do(user, path) for path in may}
    if came is not None:
        done = {path: came(path) for path in may}
    assert done == may


def test_every_role_has_a_place_in_the_table():
    from portal.roles import ROLES

    roles = {ADMINISTRATOR, AUDITOR, *ROLES}
    assert all(set(rights) == roles for _, _, rights in TABLE.values())
