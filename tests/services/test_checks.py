"""The system checks: drift is told with a hint, and stops nothing."""

from __future__ import annotations

import pytest
from django.core.checks import Tags, run_checks

from services.models import TaskParameter


@pytest.fixture
def sleep(published):
    return published("samples.Sleep", "Toys/Sleep").tasks.get()


def tool_is_gone(task):
    task.tool_id = "samples.Gone"
    task.save()


def parameter_is_gone(task):
    TaskParameter.objects.create(task=task, name="Hours")


def default_does_not_fit(task):
    task.parameters.filter(name="Seconds").update(default=3601)


@pytest.mark.parametrize(
    ("drift", "says", "hint"),
    [
        (tool_is_gone, "samples.Gone, a tool that is not installed", "delete the task"),
        (parameter_is_gone, "have changed: Hours", "manage.py publish samples.Sleep"),
        (default_does_not_fit, "Seconds: out of range", "Edit the parameter"),
    ],
)
def test_drift_is_told_but_does_not_keep_the_worker_from_starting(
    sleep, drift, says, hint
):
    drift(sleep)
    [message] = run_checks(tags=[Tags.database], databases=["default"])
    assert says in message.msg
    assert hint in message.hint
    # Django refuses to run a command, also the one of the hint, on a serious message.
    assert not message.is_serious()


def test_a_catalogue_that_fits_is_silent(sleep):
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
