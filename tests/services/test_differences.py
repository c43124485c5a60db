"""What has changed in a tool since it was published, as people read it."""

from __future__ import annotations

import pytest

from services.catalog import publish
from services.differences import differences
from services.models import Task
from services.registry import installed


@pytest.fixture
def task(published):
    return published("samples.Sleep", "Toys/Sleep").tasks.get()


def told(task):
    return [str(one) for one in differences(Task.objects.get(pk=task.pk))]


def declare(task, name, **changes):
    """Let the task have been published when the tool declared something else."""
    declared = [one | changes if one["name"] == name else one for one in task.declared]
    Task.objects.filter(pk=task.pk).update(declared=declared)


def test_nothing_has_changed_after_publishing(task):
    assert told(task) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"default": 5.0}, "Seconds: default was 5.0, is nothing"),
        ({"maximum": 60}, "Seconds: maximum was 60, is 3600"),
        ({"minimum": None}, "Seconds: minimum was nothing, is 0"),
        ({"dataType": "GPLong"}, "Seconds: type was GPLong, is GPDouble"),
        ({"required": False}, "Seconds: required was no, is yes"),
        ({"choices": ["1", "2"]}, "Seconds: choice list was 1, 2, is nothing"),
    ],
    ids=str,
)
def test_what_was_and_what_is_are_told(task, changes, says):
    declare(task, "Seconds", **changes)
    assert told(task) == [says]


def test_parameters_that_came_and_went_are_told(task):
    task.parameters.filter(name="Report").update(name="Old")
    was = [
        one | {"name": "Old"} if one["name"] == "Report" else one
        for one in task.declared
    ]
    Task.objects.filter(pk=task.pk).update(declared=was)
    assert told(task) == ["Old: removed (GPString)", "Report: added (GPString, output)"]


def test_of_an_older_task_only_names_are_known(task):
    Task.objects.update(declared=None)
    assert told(task) == []
    task.parameters.filter(name="Report").delete()
    assert told(task) == ["Report: added (GPString, output)"]


def test_renewing_makes_it_as_it_is_now(task):
    declare(task, "Seconds", default=5.0)
    publish(installed("samples.Sleep"), task.service, "Sleep")
    assert told(task) == []


def test_the_page_of_a_task_tells_what_has_changed(admin_client, task):
    declare(task, "Seconds", default=5.0)
    url = f"/admin/services/task/{task.pk}/change/"
    assert b"Seconds: default was 5.0, is nothing" in admin_client.get(url).content
