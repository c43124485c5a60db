"""Models as jobs: what is kept of their steps, versions, and what can go away."""

from __future__ import annotations

import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from jobs.models import Job
from jobs.runs import execution
from services.errors import NotFound
from services.modelbox import import_model, save_version
from services.modeling.reading import InvalidDefinition
from services.models import Model, ModelVersion, Task
from services.registry import installed, publishable
from tests.services.modeling.models import model, step


def words(text="first", name="Words"):
    document = model(step("write", "toys.WriteFile", Text=text), name=name)
    document["outputs"] = [{"name": "File", "source":
                            {"step": "write", "output": "Out_File"}}]  # fmt: skip
    return document


def file_text(rest, path):
    url = rest.get(f"{path}/results/File")["value"]["url"].partition("/server/")[2]
    return b"".join(rest.client.get(f"/server/{url}").streaming_content).decode()


# --- Steps ---


def test_a_job_that_fails_says_at_which_step(rest, published):
    document = model(step("write", "toys.WriteFile", Text="x"),
                     step("bad", "toys.Fail", after=["write"]),
                     step("last", "toys.WriteFile", Text="x", after=["bad"]),
                     name="Failing", File="last.Out_File")  # fmt: skip
    import_model(document)
    published("models.Failing", "Toys/Failing", sync=False)
    path = rest.run_job("/Toys/Failing/GPServer/Failing")
    found = rest.get(path)
    assert found["jobStatus"] == "esriJobFailed"
    assert [one["state"] for one in found["steps"]] == [
        "succeeded",
        "failed",
        "waiting",
    ]
    told = [one["description"] for one in found["messages"]]
    assert "Step 2 of 3, bad: no feature has an area above 0" in told


def test_a_bug_in_a_step_tells_no_stranger_its_text(rest, published, caplog):
    import_model(
        model(step("bad", "toys.RaiseError"), name="Buggy", Out="bad.Out_Text")
    )
    published("models.Buggy", "Toys/Buggy", sync=False)
    found = rest.get(rest.run_job("/Toys/Buggy/GPServer/Buggy"))
    assert [one["state"] for one in found["steps"]] == ["failed"]
    assert "a secret of the server" not in str(found)
    assert "Step 1 of 1, bad: failed inside" in str(found["messages"])
    assert "in Step 1 of 1, bad, of the model Buggy" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_job_shows_the_step_it_was_at(rest, published):
    import_model(model(step("quick", "toys.WriteFile", Text="x"),
                       step("slow", "toys.Sleep", Seconds=60.0, after=["quick"]),
                       name="Slow", Out="slow.Out_Text"))  # fmt: skip
    published("models.Slow", "Toys/Slow", sync=False)
    task = "/Toys/Slow/GPServer/Slow"
    job_id = rest.post(f"{task}/submitJob")["jobId"]
    worker = threading.Thread(target=_run, args=(job_id,))
    worker.start()
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and not _is_at_step_two(job_id):
            worker.join(0.05)
        progress = rest.get(f"{task}/jobs/{job_id}")["progress"]
        assert progress["message"].startswith("Step 2 of 2, slow")
    finally:
        rest.post(f"{task}/jobs/{job_id}/cancel")
        worker.join(30)
    found = rest.get(f"{task}/jobs/{job_id}")
    assert found["jobStatus"] == "esriJobCancelled"
    assert [one["state"] for one in found["steps"]] == ["succeeded", "cancelled"]


def _run(job_id):
    try:
        execution.run(job_id)
    finally:
        connection.close()


def _is_at_step_two(job_id):
    steps = Job.objects.get(pk=job_id).steps
    return bool(steps) and steps[-1]["state"] == "running"


def test_a_job_of_a_tool_has_no_steps(rest, published):
    published("toys.WriteFile", "Toys/Write", sync=False)
    assert "steps" not in rest.get(
        rest.run_job("/Toys/Write/GPServer/WriteFile", Text="x")
    )


# --- Versions ---


def test_a_task_keeps_its_version_until_it_is_published_anew(rest, published):
    import_model(words("first"))
    service = published("models.Words", "Toys/Words", sync=False)
    task = "/Toys/Words/GPServer/Words"
    import_model(words("second"))
    assert [one.number for one in ModelVersion.objects.all()] == [2, 1]
    assert file_text(rest, rest.run_job(task)) == "first"
    call_command("publish", "models.Words", service="Toys/Words")
    assert service.tasks.get().tool_id == "models.Words@2"
    assert file_text(rest, rest.run_job(task)) == "second"
    call_command("publish", "models.Words@1", service="Toys/Words")
    assert file_text(rest, rest.run_job(task)) == "first"


def test_a_job_that_waits_runs_the_version_it_was_accepted_with(rest, published):
    import_model(words("first"))
    published("models.Words", "Toys/Words", sync=False)
    task = "/Toys/Words/GPServer/Words"
    job_id = rest.post(f"{task}/submitJob")["jobId"]
    import_model(words("second"))
    call_command("publish", "models.Words", service="Toys/Words")
    Model.objects.all().delete()
    execution.run(job_id)
    assert Job.objects.get().outputs[0]["name"] == "File"
    assert (Job.objects.get().results_folder / "written.txt").read_text() == "first"


def test_a_model_that_is_gone_takes_only_its_task_along(rest, published):
    import_model(words())
    service = published("models.Words", "Toys/Words")
    published("toys.WriteFile", "Toys/Words")
    Model.objects.all().delete()
    service.save()
    assert rest.get("/Toys/Words/GPServer")["tasks"] == ["WriteFile"]
    with pytest.raises(NotFound):
        installed("models.Words")
    call_command("check", databases=["default"])


def test_a_tool_that_is_gone_takes_only_its_models_along(db):
    import_model(words())
    row = ModelVersion.objects.get()
    row.bundle["models"]["models.Words@1"]["steps"][0]["tool"] = "toys.Gone"
    row.save()
    assert "models.Words@1" not in publishable()
    assert "toys.WriteFile" in publishable()


def test_versions_of_models_inside_stay_as_they_were(db, tmp_path):
    import_model(words("inner", "Inner"))
    import_model(model(step("run", "models.Inner"), name="Outer", File="run.File"))
    import_model(words("changed", "Inner"))
    [first] = ModelVersion.objects.filter(model__name="Outer")
    assert first.definition["steps"][0]["tool"] == "models.Inner@1"
    Model.objects.filter(name="Inner").delete()
    from tests.services.modeling.models import Heard

    made = installed("models.Outer").run({}, Heard(tmp_path))
    assert made["File"].path.read_text() == "inner"


def test_a_draft_runs_in_no_step_and_is_found_by_its_id(db):
    row = Model.objects.create(name="Words", draft=words())
    assert installed("models.Words@draft").id == "models.Words@draft"
    outer = model(step("run", "models.Words@draft"), name="Outer", File="run.File")
    with pytest.raises(InvalidDefinition, match="a step cannot run a draft"):
        import_model(outer)
    row.draft["steps"] = []
    row.save()
    with pytest.raises(NotFound, match="the draft has a fault"):
        installed("models.Words@draft")
    with pytest.raises(InvalidDefinition, match="it has no steps"):
        save_version(row)


# --- Import and export ---


def test_a_model_travels_with_the_models_inside(db, tmp_path, capsys):
    import_model(words("inner", "Inner"))
    import_model(model(step("run", "models.Inner"), name="Outer", File="run.File"))
    file = tmp_path / "outer.json"
    call_command("export_model", "Outer")
    file.write_text(capsys.readouterr().out)
    Model.objects.all().delete()
    call_command("import_model", str(file))
    assert "Outer, version 1 is stored as models.Outer@1." in capsys.readouterr().out
    assert {one.tool_id for one in ModelVersion.objects.all()} == {
        "models.Outer@1", "models.Inner@1"}  # fmt: skip
    call_command("import_model", str(file))
    assert Model.objects.get(name="Inner").versions.count() == 1
    assert Model.objects.get(name="Outer").versions.count() == 2


def test_a_file_with_faults_changes_nothing_and_tells_all(db, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text('{"name": "Bad", "steps": [{"id": "a", "tool": "no.Tool"}]}')
    with pytest.raises(CommandError, match="no outputs") as caught:
        call_command("import_model", str(file))
    assert "no.Tool is not installed" in str(caught.value)
    file.write_text("{")
    with pytest.raises(CommandError, match="not valid JSON"):
        call_command("import_model", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_model", str(tmp_path / "nothing.json"))
    with pytest.raises(CommandError, match="there is no model Nothing"):
        call_command("export_model", "Nothing")
    assert not Model.objects.exists()


def test_models_are_listed_with_their_newest_version(db, capsys):
    import_model(words())
    call_command("export_model")
    assert "version 1" in capsys.readouterr().out
    call_command("publish", list=True)
    assert "models.Words@1" in capsys.readouterr().out
    assert not Task.objects.exists()
