"""Jobs in the admin: to see, to search, to cancel, to delete with their files."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from jobs.child.context import INFORMATIVE, WARNING
from jobs.models import Job
from jobs.queueing.moves import say
from jobs.queueing.policy import take
from jobs.status import JobStatus
from tests.jobs.adminlist import LIST, NOW, found, run, told


def test_the_list_shows_what_became_of_each_job(admin_client, make):
    make(JobStatus.FAILED, error="no feature has an area\nand more",
         started_at=NOW - timedelta(seconds=72))  # fmt: skip
    page = admin_client.get(LIST).content.decode()
    for text in ("Failed", "Toys/Sleep/Sleep", "1min 12s", "no feature has an area<"):
        assert text in page


WORDS = {
    JobStatus.SUBMITTED: "Queued", JobStatus.EXECUTING: "Running",
    JobStatus.CANCELLING: "Cancelling", JobStatus.CANCELLED: "Cancelled",
    JobStatus.SUCCEEDED: "Succeeded", JobStatus.FAILED: "Failed",
    JobStatus.TIMED_OUT: "Timed out",
}  # fmt: skip


@pytest.mark.parametrize("status", list(JobStatus))
def test_a_job_of_each_status_has_a_page(admin_client, make, status):
    job = make(status)
    for url in (LIST, f"{LIST}{job.pk}/change/"):
        assert f"</svg>{WORDS[status]}</span>" in admin_client.get(url).content.decode()


def test_the_page_shows_inputs_outputs_messages_and_snapshot(admin_client, make):
    outputs = [
        {"name": "Text", "kind": "value", "value": "slept"},
        {"name": "Spots", "kind": "features", "file": "Spots.parquet", "count": 1234},
        {"name": "File", "kind": "file", "file": "a.csv", "bytes": 77},
    ]
    job = make(JobStatus.SUCCEEDED, outputs=outputs,
               inputs={"Seconds": "20", "Big": {"file": "Big.json"}})  # fmt: skip
    say(job.pk, (INFORMATIVE, "Submitted."), (WARNING, "a <b>bold</b> word"))
    page = admin_client.get(f"{LIST}{job.pk}/change/").content.decode()
    for text in ("<td>20</td>", "in the file Big.json", "slept",
                 "1,234 features in Spots.parquet", "77 bytes in a.csv", "Submitted.",
                 "a &lt;b&gt;bold&lt;/b&gt; word", "&quot;tool&quot;"):  # fmt: skip
        assert text in page


def test_only_the_last_messages_of_a_talkative_job_are_shown(
    admin_client, make, django_assert_max_num_queries
):
    job = make()
    say(job.pk, *((INFORMATIVE, f"line {number}.") for number in range(300)))
    with django_assert_max_num_queries(15):
        page = admin_client.get(f"{LIST}{job.pk}/change/").content.decode()
    assert "line 299." in page
    assert "line 99." not in page


def test_jobs_are_found_by_id_user_and_error(admin_client, make, owner):
    mine = make(user=owner)
    failed = make(JobStatus.FAILED, error="the worker was lost")
    assert found(admin_client, q=mine.pk) == {mine.pk}
    assert found(admin_client, q="owner") == {mine.pk}
    assert found(admin_client, q="worker was") == {failed.pk}


@pytest.mark.parametrize("column", range(1, 10))
def test_the_list_can_be_sorted_by_every_column(admin_client, make, column):
    make()
    make(JobStatus.SUCCEEDED, started_at=NOW)
    assert len(found(admin_client, o=f"-{column}")) == 2


def test_a_page_of_jobs_costs_few_queries(
    admin_client, make, owner, django_assert_max_num_queries
):
    for _ in range(20):
        make(user=owner)
    with django_assert_max_num_queries(15):
        admin_client.get(LIST)


def test_nobody_adds_or_edits_a_job(admin_client, make):
    job = make()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    url = f"{LIST}{job.pk}/change/"
    assert admin_client.post(url, {"status": "esriJobSucceeded"}).status_code == 403


def test_cancel_asks_first(admin_client, make):
    job = make()
    response = run(admin_client, "cancel_jobs", job, index="0")
    assert "1 job cancelled." in told(response)
    other = make()
    data = {"action": "cancel_jobs", "_selected_action": [other.pk], "index": "0"}
    assert b"1 job not ended yet" in admin_client.post(LIST, data).content
    other.refresh_from_db()
    assert other.status == JobStatus.SUBMITTED


def test_cancel_stops_what_has_not_ended_and_leaves_the_rest(admin_client, make):
    waiting, running, done = (
        make(), make(JobStatus.EXECUTING), make(JobStatus.SUCCEEDED),
    )  # fmt: skip
    response = run(admin_client, "cancel_jobs", waiting, running, done)
    assert told(response) == ["2 jobs cancelled."]
    statuses = dict(Job.objects.values_list("pk", "status"))
    assert statuses == {
        waiting.pk: JobStatus.CANCELLED,
        running.pk: JobStatus.CANCELLING,
        done.pk: JobStatus.SUCCEEDED,
    }


def test_cancel_reaches_all_that_match_on_every_page(admin_client, make):
    jobs = [make() for _ in range(60)]
    run(admin_client, "cancel_jobs", jobs[0], select_across="1")
    assert set(Job.objects.values_list("status", flat=True)) == {JobStatus.CANCELLED}


def test_a_priority_is_set_of_what_waits_and_holds_for_the_next_job(admin_client, make):
    first, second, running = make(), make(), make(JobStatus.EXECUTING)
    data = {"action": "set_priority", "_selected_action": [first.pk], "index": "0"}
    assert b"Set the priority" in admin_client.post(LIST, data).content
    response = run(admin_client, "set_priority", second, running, priority="10")
    assert told(response) == ["1 job set to high priority."]
    assert dict(Job.objects.values_list("pk", "priority")) == {
        first.pk: 0, second.pk: 10, running.pk: 0,
    }  # fmt: skip
    page = admin_client.get(f"{LIST}{first.pk}/change/").content.decode()
    assert '<div class="readonly">2</div>' in page
    assert take("one", "host").pk == second.pk


@pytest.mark.parametrize("priority", ["7", "", "first"])
def test_a_priority_that_there_is_not_is_refused(admin_client, make, priority):
    job = make()
    page = run(admin_client, "set_priority", job, priority=priority, index="0")
    assert page.context["form"].errors
    job.refresh_from_db()
    assert job.priority == 0


def test_jobs_are_pinned_and_unpinned(admin_client, make):
    job, other = make(JobStatus.SUCCEEDED, size=2_000_000), make(JobStatus.SUCCEEDED)
    assert told(run(admin_client, "pin", job)) == ["1 job pinned."]
    assert found(admin_client, pinned__exact="1") == {job.pk}
    assert "1.9\xa0MB" in admin_client.get(f"{LIST}{job.pk}/change/").content.decode()
    assert told(run(admin_client, "unpin", job, other)) == ["1 job unpinned."]
    assert not found(admin_client, pinned__exact="1")


def test_an_auditor_sets_no_priority_and_pins_nothing(make):
    job = make()
    user = User.objects.create_user("auditor", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client = Client()
    client.force_login(user)
    run(client, "set_priority", job, priority="10")
    run(client, "pin", job)
    job.refresh_from_db()
    assert (job.priority, job.pinned) == (0, False)


def test_delete_removes_rows_and_files_and_spares_running_jobs(admin_client, make):
    waiting, running, done = (
        make(), make(JobStatus.EXECUTING), make(JobStatus.SUCCEEDED),
    )  # fmt: skip
    response = run(admin_client, "delete_selected", waiting, running, done)
    assert told(response)[0] == "2 jobs deleted with files."
    assert "still running" in told(response)[1]
    assert Job.objects.get().pk == running.pk
    assert [job.folder.exists() for job in (waiting, running, done)] == [
        False, True, False,
    ]  # fmt: skip


def test_the_delete_button_removes_files_too(admin_client, make):
    job = make(JobStatus.SUCCEEDED)
    say(job.pk, (INFORMATIVE, "Submitted."))
    url = f"{LIST}{job.pk}/delete/"
    assert b"with its files" in admin_client.get(url).content
    admin_client.post(url, {"post": "yes"})
    assert not Job.objects.exists()
    assert not job.folder.exists()


def test_a_waiting_job_can_be_deleted(admin_client, make):
    job = make()
    admin_client.post(f"{LIST}{job.pk}/delete/", {"post": "yes"})
    assert not Job.objects.exists()


def test_a_running_job_cannot_be_deleted(admin_client, make):
    job = make(JobStatus.EXECUTING)
    response = admin_client.post(f"{LIST}{job.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
    assert job.folder.exists()


def test_an_operator_cancels_and_an_auditor_only_looks(make):
    job = make()
    for name, codename in (("auditor", "view_job"), ("operator", "change_job")):
        user = User.objects.create_user(name, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename=codename))
        client = Client()
        client.force_login(user)
        assert client.get(f"{LIST}{job.pk}/change/").status_code == 200
        run(client, "cancel_jobs", job)
        job.refresh_from_db()
        assert (job.status == JobStatus.CANCELLED) is (name == "operator")


def test_a_job_outlives_its_service_in_the_list(admin_client, make):
    job = make(JobStatus.SUCCEEDED)
    job.service.delete()
    page = admin_client.get(f"{LIST}{job.pk}/change/").content.decode()
    assert "Toys/Sleep (deleted)" in page
