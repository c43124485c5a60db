"""The page of usage: its periods, its files, and who sees it."""

from __future__ import annotations

import csv
import io

import pytest
from django.utils import timezone

from jobs.models import Usage
from jobs.usage.durations import ACCURACY, bucket
from portal.roles import AUDITOR, OPERATOR, PUBLISHER
from tests.portal.people import browser, someone

PAGE = "/admin/jobs/usage/"


@pytest.fixture
def usage(published):
    """Store what two services did today, and what one did a hundred days ago."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    rows = {"Toys/Quick": {"succeeded": 9, "failed": 1, "failures": {"crash": 1},
                           "runs": {str(bucket(2)): 10}, "users": [1, 2]},
            "Toys/Slow": {"succeeded": 2, "mode": "async", "size": 2048,
                          "waits": {str(bucket(0.5)): 2}, "users": [2],
                          "runs": {str(bucket(60)): 2}}}  # fmt: skip
    for path, values in rows.items():
        Usage.objects.create(service_path=path, task_name="T", began_at=hour,
                             **{"mode": "sync"} | values)  # fmt: skip
    old = hour.replace(hour=0) - timezone.timedelta(days=100)
    Usage.objects.create(service_path="Toys/Old", task_name="T", mode="sync", span="day",
                         began_at=old, succeeded=5)  # fmt: skip
    return old.date()


def test_csv_and_json_hold_the_same_rows_and_a_sum(usage, admin_client):
    text = admin_client.get(PAGE, {"format": "csv"}).content.decode()
    lines = list(csv.DictReader(io.StringIO(text)))
    found = admin_client.get(PAGE, {"format": "json"}).json()
    rows = [*found["services"], found["all"]]
    assert [one["service"] for one in rows] == [
        "Toys/Quick", "Toys/Slow", "(all services)"]  # fmt: skip
    as_text = [{key: "" if value is None else str(value) for key, value in one.items()}
               for one in rows]  # fmt: skip
    assert lines == as_text
    quick, slow, everything = rows
    assert (quick["runs"], quick["sync"], quick["failed"]) == (10, 10, 1)
    assert (quick["failed_crash"], quick["users"]) == (1, 2)
    assert quick["run_p95_seconds"] == pytest.approx(2, rel=ACCURACY)
    assert slow["wait_p50_seconds"] == pytest.approx(0.5, rel=ACCURACY)
    assert (everything["runs"], everything["users"]) == (12, 2)
    assert everything["bytes"] == 2048


def test_a_period_is_chosen_by_its_days(usage, admin_client):
    days = {"range": "custom", "first": str(usage), "last": str(usage)}
    found = admin_client.get(PAGE, {"format": "json"} | days).json()
    assert [(one["service"], one["runs"]) for one in found["services"]] == [
        ("Toys/Old", 5)]  # fmt: skip
    page = admin_client.get(PAGE, days).content.decode()
    assert "Toys/Old" in page
    assert "Toys/Quick" not in page


@pytest.mark.parametrize(("query", "said"), [
    ({"range": "custom"}, "Choose a day, such as"),
    ({"range": "custom", "first": "2026-03-02", "last": "2026-03-01"}, "after the first"),
    ({"range": "custom", "first": "2020-01-01", "last": "2026-03-01"}, "at most 366"),
    ({"range": "custom", "first": "soon", "last": "2026-03-01"}, "valid date"),
    ({"range": "century"}, "Select a valid choice"),
])  # fmt: skip
def test_a_wrong_period_is_said_on_the_page_and_instead_of_a_file(
    usage, admin_client, query, said
):
    page = admin_client.get(PAGE, query)
    assert page.status_code == 200
    assert said in page.content.decode()
    answer = admin_client.get(PAGE, query | {"format": "csv"})
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_links_to_files_keep_the_period(usage, admin_client):
    page = admin_client.get(PAGE, {"range": "week"}).content.decode()
    assert 'href="?range=week&amp;format=csv"' in page


@pytest.mark.parametrize(("role", "status"), [
    (OPERATOR, 200), (AUDITOR, 200), (PUBLISHER, 403),
])  # fmt: skip
def test_operators_and_auditors_see_it(usage, role, status):
    assert browser(someone(role)).get(PAGE).status_code == status


def test_a_name_is_text_on_the_page(db, admin_client):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    Usage.objects.create(service_path="<b>x</b>", task_name="T", mode="sync",
                         began_at=hour, succeeded=1)  # fmt: skip
    assert "<b>x</b>" not in admin_client.get(PAGE).content.decode()
