"""Who may use a service: the row's answer, the catalogue's, and what it costs."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from services.access import may_use
from services.catalog import find_service, visible_folders, visible_services
from services.models import Folder, Service

PATH = "/Toys/Service/GPServer/TwoOutputs/execute"


@pytest.fixture
def people(db):
    """One of each kind; the member is in the group, the guest is named, both chosen."""
    names = ("stranger", "member", "guest", "publisher", "staff")
    made = {name: User.objects.create_user(name) for name in names}
    made["staff"].is_staff = True
    made["staff"].save()
    made["root"] = User.objects.create_superuser("root")
    Group.objects.create(name="Analysts").user_set.add(made["member"])
    return {"nobody": AnonymousUser(), **made}


def choose(row, people):
    """Let group and guest be the chosen ones of a service or folder."""
    row.allowed_groups.set(Group.objects.all())
    row.allowed_users.set([people["guest"]])


def those_who_may(people, service):
    """Return who may use a service, by the row and by the catalogue alike."""
    row = find_service("Toys", service.name)
    asked = {name for name, user in people.items() if may_use(user, row)}
    listed = {name for name, user in people.items() if row in visible_services(user)}
    folders = {name for name, user in people.items() if "Toys" in visible_folders(user)}
    assert asked == listed == folders
    return asked


SIGNED_IN = {"stranger", "member", "guest", "publisher", "staff", "root"}
EVERYONE = SIGNED_IN | {"nobody"}
CHOSEN = {"member", "guest", "publisher", "root"}
LEVELS = [("everyone", EVERYONE), ("signed_in", SIGNED_IN), ("chosen", CHOSEN)]
each_level = pytest.mark.parametrize(("access", "wanted"), LEVELS)


@each_level
def test_a_service_is_for_those_whom_it_says(published, people, access, wanted):
    service = published("toys.TwoOutputs", access=access)
    choose(service, people)
    service.folder.owners.add(people["publisher"])
    assert those_who_may(people, service) == wanted


@each_level
def test_a_service_that_goes_with_its_folder_is_for_those_of_it(
    published, people, access, wanted
):
    service = published("toys.TwoOutputs", access="folder")
    Folder.objects.update(access=access)
    choose(service.folder, people)
    service.folder.owners.add(people["publisher"])
    assert those_who_may(people, service) == wanted


def test_what_a_folder_says_is_nothing_to_a_service_of_its_own_mind(published, people):
    service = published("toys.TwoOutputs", access="chosen")
    choose(service.folder, people)
    Folder.objects.update(access="everyone")
    assert those_who_may(people, service) == {"root"}


def test_the_chosen_of_a_folder_are_not_those_of_another(published, people):
    service = published("toys.TwoOutputs", access="folder")
    other = published("toys.TwoOutputs", "Other/Service", access="folder")
    Folder.objects.update(access="chosen")
    choose(other.folder, people)
    other.folder.owners.add(people["publisher"])
    assert those_who_may(people, service) == {"root"}


def test_groups_do_not_count_while_a_service_is_for_more(published, people):
    service = published("toys.TwoOutputs", access="signed_in")
    service.allowed_groups.set(Group.objects.all())
    assert those_who_may(people, service) == SIGNED_IN


def test_in_the_root_there_is_no_folder_to_go_with(published, people):
    service = published("toys.TwoOutputs", "Alone", access="folder")
    assert [name for name, user in people.items() if may_use(user, service)] == ["root"]


def test_who_leaves_the_group_loses_the_service_at_once(published, people):
    service = published("toys.TwoOutputs", access="chosen")
    choose(service, people)
    assert may_use(people["member"], service)
    people["member"].groups.clear()
    assert not may_use(people["member"], service)


def test_an_empty_folder_shows_to_those_to_whom_it_is_open(people):
    folder = Folder.objects.create(name="Toys", access="chosen")
    choose(folder, people)
    folder.owners.add(people["publisher"])
    seen = {name for name, user in people.items() if "Toys" in visible_folders(user)}
    assert seen == CHOSEN


def queries(client, token):
    form = {"f": "json"} | ({"token": token} if token else {})
    client.get(f"/server/rest/services{PATH}", form)  # the caches are warm then
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = client.get(f"/server/rest/services{PATH}", form).json()
    assert "results" in answer
    return len(caught)


def test_what_is_open_costs_no_query_and_what_is_for_chosen_ones_one(
    published, people, client, tokened
):
    service = published("toys.TwoOutputs")
    choose(service, people)
    token = tokened(people["member"])
    Service.objects.update(access="everyone")
    floor = queries(client, token)
    counts = {}
    for access in ("signed_in", "chosen", "folder"):
        Service.objects.update(access=access)
        counts[access] = queries(client, token) - floor
    assert counts == {"signed_in": 0, "chosen": 1, "folder": 0}
