"""A publisher in the admin: edits the services of own folders, and sees no others."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from jobs.models import Job
from portal.roles import AUDITOR, PUBLISHER
from services.models import Folder, Service, Task
from tests.portal.adminrest.conftest import Administrator
from tests.portal.people import browser, listed, page, row, rows_of, someone
from tests.services.admin_pages import BOX, edit, run

FORMS = ("service", "folder", "task")


def test_a_publisher_sees_own_folders_alone(publisher):
    client = browser(publisher)
    assert listed(client, "service") == {"Mine/Sleep"}
    assert listed(client, "folder") == {"Mine"}
    assert listed(client, "task") == {"Mine/Sleep/Sleep"}


@pytest.mark.parametrize("model", FORMS)
def test_the_pages_of_others_are_not_there_for_a_publisher(publisher, model):
    client = browser(publisher)
    for path in ("Theirs/Sleep", "Rooted"):
        one = rows_of(path)[model]
        if one is None:
            continue
        for tail in ("change", "delete", "history"):
            url = f"{BOX}/{model}/{one.pk}/{tail}/"
            absent = client.get(url.replace(f"/{one.pk}/", "/999999/"))
            answer = client.get(url)
            assert answer.status_code == absent.status_code
            posted = client.post(url, {"post": "yes"})
            assert posted.status_code == absent.status_code
            assert posted.status_code in (302, 403)
    assert Service.objects.count() == 3


@pytest.mark.parametrize("model", FORMS)
def test_a_publisher_opens_the_own_pages(publisher, model):
    client = browser(publisher)
    assert client.get(page(model, rows_of("Mine/Sleep")[model])).status_code == 200


def test_a_publisher_edits_an_own_service(publisher):
    answer = edit(browser(publisher), page("service", row("Mine/Sleep")),
                  title="Sleeps", access="chosen", allowed_users="someone")  # fmt: skip
    assert answer.status_code == 302
    service = row("Mine/Sleep")
    assert (service.title, service.access) == ("Sleeps", "chosen")
    assert [one.username for one in service.allowed_users.all()] == ["someone"]


@pytest.mark.parametrize("folder", ["Theirs", ""])
def test_a_publisher_moves_no_service_out_of_own_folders(publisher, folder):
    target = Folder.objects.get(name=folder).pk if folder else ""
    answer = edit(browser(publisher), page("service", row("Mine/Sleep")), folder=target)
    assert answer.status_code == 200
    assert "folder" in answer.context["adminform"].form.errors
    assert row("Mine/Sleep")


def test_a_publisher_publishes_in_own_folders_alone(publisher):
    client = browser(publisher)
    for name, status in (("Mine", 302), ("Theirs", 200)):
        pk = Folder.objects.get(name=name).pk
        data = {"folder": pk, "name": "New", "tasks-0-tool_id": "toys.Fail"}
        assert edit(client, f"{BOX}/service/add/", **data).status_code == status
    assert [one.path for one in Service.objects.filter(name="New")] == ["Mine/New"]


def test_a_publisher_adds_tasks_to_own_services_alone(publisher):
    client = browser(publisher)
    for path, status in (("Mine/Sleep", 302), ("Theirs/Sleep", 200)):
        data = {"service": row(path).pk, "tool_id": "toys.Fail", "name": "Fail"}
        assert client.post(f"{BOX}/task/add/", data).status_code == status
    found = Task.objects.filter(name="Fail")
    assert [str(one) for one in found] == ["Mine/Sleep/Fail"]


def test_an_action_of_a_publisher_leaves_the_services_of_others(publisher):
    run(browser(publisher), "stop", *Service.objects.all(), confirmed="yes")
    stopped = Service.objects.filter(state="STOPPED")
    assert [one.path for one in stopped] == ["Mine/Sleep"]


def test_an_action_leaves_what_one_only_sees(publisher):
    publisher.groups.add(Group.objects.get(name=AUDITOR))
    client = browser(publisher)
    assert listed(client, "service") == {"Mine/Sleep", "Theirs/Sleep", "Rooted"}
    run(client, "stop", *Service.objects.all(), confirmed="yes")
    assert [one.path for one in Service.objects.filter(state="STOPPED")] == [
        "Mine/Sleep"
    ]
    assert client.get(page("service", row("Theirs/Sleep"))).status_code == 200
    assert client.post(page("service", row("Theirs/Sleep")), {}).status_code == 403


def test_a_publisher_says_who_uses_the_folder_but_not_who_owns_it(publisher):
    folder = Folder.objects.get(name="Mine")
    User.objects.create_user("friend")
    answer = edit(browser(publisher), page("folder", folder), access="everyone",
                  owners="friend", name="Other", allowed_users="friend")  # fmt: skip
    assert answer.status_code == 302
    folder.refresh_from_db()
    assert (folder.name, folder.access) == ("Mine", "everyone")
    assert list(folder.owners.all()) == [publisher]
    assert folder.allowed_users.get().username == "friend"


def test_a_publisher_makes_and_deletes_no_folder(publisher):
    client = browser(publisher)
    assert client.get(f"{BOX}/folder/add/").status_code == 403
    one = Folder.objects.get(name="Mine")
    assert (
        client.post(f"{BOX}/folder/{one.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )


def test_a_publisher_without_a_folder_publishes_nothing(catalogue):
    client = browser(someone(PUBLISHER))
    assert client.get(f"{BOX}/service/add/").status_code == 403
    assert listed(client, "service") == set()


@pytest.mark.parametrize("address", ["jobs/upload/", "auth/user/", "auth/group/",
                                     "portal/accesstoken/", "jobs/sharelink/"])  # fmt: skip
def test_a_publisher_sees_no_people_and_none_of_their_things(publisher, address):
    assert browser(publisher).get(f"/admin/{address}").status_code == 403


def test_an_unknown_user_name_is_refused_beside_its_field(admin_client, catalogue):
    User.objects.create_user("someone")
    url = page("folder", Folder.objects.get(name="Mine"))
    answer = edit(admin_client, url, owners="someone\nnobody there")
    told = {"owners": ["There is no user nobody there."]}
    assert answer.context["adminform"].form.errors == told
    assert not Folder.objects.get(name="Mine").owners.exists()


# --- Jobs of own services -------------------------------------------------------------


@pytest.fixture
def jobs(publisher, owner):
    """A job of somebody that waits, by the service."""
    common = {"user": owner, "task_name": "Sleep", "mode": "async",
              "submitted_at": timezone.now(), "status": "esriJobSubmitted"}  # fmt: skip
    return {
        path: Job.objects.create(service=row(path), service_path=path, **common)
        for path in ("Mine/Sleep", "Theirs/Sleep", "Rooted")
    }


def act(client, action, *jobs):
    data = {"action": action, "confirmed": "yes", "priority": "1",
            "_selected_action": [one.pk for one in jobs]}  # fmt: skip
    return client.post("/admin/jobs/job/", data)


def stopped(jobs):
    """The services of the jobs that were cancelled."""
    rows = Job.objects.filter(status="esriJobCancelled")
    return set(rows.values_list("service_path", flat=True))


def test_a_publisher_sees_the_jobs_of_own_services_alone(publisher, jobs):
    client = browser(publisher)
    page = client.get("/admin/jobs/job/")
    assert [one.pk for one in page.context["cl"].result_list] == [jobs["Mine/Sleep"].pk]
    assert "/admin/jobs/job/" in client.get("/admin/").content.decode()
    for path, status in {"Mine/Sleep": 200, "Theirs/Sleep": 302, "Rooted": 302}.items():
        for tail in ("change", "history"):
            url = f"/admin/jobs/job/{jobs[path].pk}/{tail}/"
            assert client.get(url).status_code == status


def test_a_publisher_cancels_the_jobs_of_own_services_alone(publisher, jobs):
    act(browser(publisher), "cancel_jobs", *jobs.values())
    assert stopped(jobs) == {"Mine/Sleep"}


def test_a_publisher_does_nothing_else_with_jobs(publisher, jobs):
    client = browser(publisher)
    for action in ("delete_selected", "pin", "set_priority"):
        act(client, action, *jobs.values())
    for job in jobs.values():
        url = f"/admin/jobs/job/{job.pk}/delete/"
        assert client.post(url, {"post": "yes"}).status_code in (302, 403)
    assert Job.objects.filter(pinned=False, priority=0).count() == 3
    assert stopped(jobs) == set()


def test_who_sees_all_jobs_still_cancels_those_of_own_services_alone(publisher, jobs):
    publisher.groups.add(Group.objects.get(name=AUDITOR))
    client, rest = browser(publisher), Administrator(publisher)
    page = client.get("/admin/jobs/job/")
    assert len(page.context["cl"].result_list) == 3
    at = f"/services/Theirs/Sleep.GPServer/jobs/{jobs['Theirs/Sleep'].pk}"
    assert rest.get(at)["jobID"] == jobs["Theirs/Sleep"].pk
    assert rest.post(f"{at}/cancel")["code"] == 403
    assert rest.post("/services/Theirs/Sleep.GPServer/jobs/purgeQueue")["code"] == 403
    act(client, "cancel_jobs", *jobs.values())
    assert stopped(jobs) == {"Mine/Sleep"}


def test_a_publisher_sees_and_cancels_the_same_jobs_over_rest(publisher, jobs):
    rest = Administrator(publisher)
    for path, job in jobs.items():
        at = f"/services/{path}.GPServer/jobs"
        answers = [rest.get(at), rest.get(f"{at}/query"), rest.get(f"{at}/statistics"),
                   rest.get(f"{at}/{job.pk}"), rest.post(f"{at}/{job.pk}/cancel")]  # fmt: skip
        codes = {one.get("code") for one in answers}
        assert codes == ({None} if path == "Mine/Sleep" else {404})
        assert rest.post(f"{at}/{job.pk}/delete")["code"] in (403, 404)
    assert stopped(jobs) == {"Mine/Sleep"}


def test_a_publisher_without_a_folder_sees_no_jobs(catalogue):
    client = browser(someone(PUBLISHER))
    assert client.get("/admin/jobs/job/").status_code == 403
    assert "/admin/jobs/job/" not in client.get("/admin/").content.decode()
