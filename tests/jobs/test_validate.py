"""validate: what a run would say, parameter by parameter."""

from __future__ import annotations

import pytest

from jobs.models import Job
from services.models import Service, TaskParameter

TASK = "/Toys/Service/GPServer/Echo"


def by_name(answer):
    return {one["name"]: one for one in answer["parameters"]}


@pytest.mark.protocol("5.7 validate")
@pytest.mark.parametrize("sync", [True, False])
def test_each_bad_value_is_told_at_its_parameter_and_nothing_runs(
    rest, published, sync
):
    published("samples.Echo", sync=sync)
    answer = rest.post(f"{TASK}/validate", In_Long="many", In_Choice="Red")
    found = by_name(answer)
    assert found["In_Long"]["hasError"] is True
    assert "whole number" in found["In_Long"]["messages"][0]["description"]
    assert found["In_Choice"]["hasError"] is False
    assert found["In_Choice"]["value"] == "Red"
    assert not Job.objects.exists()


@pytest.mark.protocol("5.7 validate with tagged values")
def test_a_value_may_stand_in_an_object(rest, published):
    published("samples.Echo")
    found = by_name(rest.get(f"{TASK}/validate", In_Long='{"value": 7}'))
    assert found["In_Long"]["value"] == "7"
    assert found["In_Long"]["hasError"] is False


@pytest.mark.protocol("5.7 nothing is required to validate")
def test_nothing_is_required(rest, published):
    published("toys.Fail")
    task = "/Toys/Service/GPServer/Fail"
    answer = rest.post(f"{task}/validate")
    assert not any(one["hasError"] for one in answer["parameters"])


@pytest.mark.protocol("5.7 what is left out takes its default")
def test_a_value_that_is_left_out_is_told_as_its_default(rest, published):
    published("samples.Echo")
    TaskParameter.objects.filter(name="In_Long").update(default=42)
    Service.objects.get().save()
    found = by_name(rest.post(f"{TASK}/validate"))
    assert (found["In_Long"]["value"], found["In_Long"]["hasError"]) == (42, False)


def test_a_bad_environment_is_told_beside_the_parameters(rest, published):
    published("samples.Echo")
    answer = rest.post(f"{TASK}/validate", env__outSR="nowhere")
    assert "outSR" in answer["messages"][0]["description"]
