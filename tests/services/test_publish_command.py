"""manage.py publish: the rules and the words of the admin, from a command line."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from portal.roles import OPERATOR, PUBLISHER
from services.models import Folder, Service, Task
from tests.services.admin_pages import rest_parameter


def publish(*words):
    out = io.StringIO()
    call_command("publish", *words, stdout=out)
    return out.getvalue()


def sleep(*words):
    return publish("samples.Sleep", "--service", "Toys/Sleep", *words)


def test_a_tool_is_published_with_edits_for_a_group(db, rest, client):
    Group.objects.create(name="Planners")
    told = sleep("--sync", "--group", "Planners", "--default", "Seconds=7.5",
                 "--maximum", "Seconds=9", "--label", "seconds=How long")  # fmt: skip
    assert told == "samples.Sleep is published as Toys/Sleep/Sleep.\n"
    service = Service.objects.get()
    assert (service.access, service.is_synchronous) == ("chosen", True)
    assert service.allowed_groups.get().name == "Planners"
    Service.objects.update(access="everyone")
    shown = rest_parameter(client, "Seconds")
    assert (shown["defaultValue"], shown["displayName"]) == (7.5, "How long")
    assert shown["filter"]["maximum"] == 9


def test_a_choice_list_is_given_with_commas(db, rest):
    publish("samples.Echo", "--service", "Toys/Echo", "--public", "--mode", "In_String=choice",
            "--choices", "In_String=red,green", "--default", "In_String=green")  # fmt: skip
    row = Task.objects.get().parameters.get(name="In_String")
    assert (row.mode, row.choices, row.default) == ("choice", ["red", "green"], "green")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--default", "Seconds=99999"], "Seconds, default: out of range"),
        (["--default", "Seconds=many"], "Seconds, default: GPDouble"),
        (["--default", "Hours=5"], "has no parameter hours; it has Seconds, Report"),
        (["--default", "Seconds"], "--default: write PARAMETER=VALUE"),
        (["--mode", "Seconds=never"], "Seconds, mode: Select a valid choice"),
        (["--group", "Nobody"], "there is no group Nobody"),
        (["--user", "nobody"], "there is no nobody among the staff"),
        (["--task", "if"], "--task: Python clients"),
        (["--task", "a/b"], "--task: Use letters"),
    ],
    ids=str,
)
def test_what_is_refused_says_why_and_stores_nothing(db, words, says):
    with pytest.raises(CommandError) as refused:
        sleep(*words)
    assert says in str(refused.value)
    assert not Service.objects.exists()


@pytest.mark.parametrize(
    ("path", "says"),
    [("a-b", "Use letters"), ("Toys/", "Give the service a name"), ("_x", "Use letters")],
)  # fmt: skip
def test_a_service_has_a_name_by_the_rules_of_the_form(db, path, says):
    Folder.objects.create(name="Toys")
    with pytest.raises(CommandError, match=says):
        publish("samples.Sleep", "--service", path)


def test_a_task_of_another_tool_is_not_taken(published):
    published("toys.Sleep", "Toys/Sleep")
    with pytest.raises(CommandError, match=r"publishes another tool, toys\.Sleep"):
        sleep()
    assert Task.objects.get().parameters.count() == 2


def test_publishing_again_tells_what_has_changed(published):
    task = published("samples.Sleep", "Toys/Sleep").tasks.get()
    task.declared = [
        one | {"maximum": 60} if one["name"] == "Seconds" else one
        for one in task.declared
    ]
    task.save()
    told = "Toys/Sleep/Sleep: Seconds: maximum was 60, is 3600\n"
    assert publish("--diff") == told
    assert publish("--diff") == told  # it only tells
    assert publish("--all") == told
    assert publish("--diff") == ""


def test_a_user_publishes_where_the_user_may_in_the_admin(db):
    user = User.objects.create_user("pub", is_staff=True)
    user.groups.add(Group.objects.get(name=PUBLISHER))
    Folder.objects.create(name="Mine").owners.add(user)
    Folder.objects.create(name="Theirs")
    publish("samples.Sleep", "--service", "Mine/Sleep", "--user", "pub")
    for path in ("Theirs/Sleep", "Rooted", "Newfolder/Sleep"):
        with pytest.raises(CommandError, match="pub may not publish"):
            publish("samples.Sleep", "--service", path, "--user", "pub")
    user.groups.set([Group.objects.get(name=OPERATOR)])
    with pytest.raises(CommandError, match="pub may not publish"):
        publish("samples.Echo", "--service", "Mine/Sleep", "--user", "pub")
    assert [str(one) for one in Task.objects.all()] == ["Mine/Sleep/Sleep"]
