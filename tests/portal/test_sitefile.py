"""A site as a file: what comes back, what does not, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from jobs.models import FetchHost
from portal.sitefile.reading import Refused, import_site
from portal.sitefile.writing import exported_site
from services.catalog import publish
from services.modelbox import save_version
from services.modeling.sample import NAME, sample_model
from services.models import Folder, Model, Service, TaskParameter
from services.registry import installed


@pytest.fixture
def site(published):
    """A service with an edited parameter, in a folder of somebody, and a host."""
    owner = User.objects.create_user("maria", password="a-password-1")
    group = Group.objects.create(name="Surveyors")
    service = published(
        "toys.Sleep", "Field/Sleep", sync=False, max_run_seconds=77, access="chosen",
        description="Sleeps.",
    )  # fmt: skip
    service.allowed_groups.add(group)
    service.folder.owners.add(owner)
    TaskParameter.objects.filter(name="Seconds").update(label="How long", maximum=9)
    FetchHost.objects.create(pattern="gis.example.org", effect="deny", note="slow")
    return service


@pytest.fixture
def model(db):
    """The model of the samples, with a version."""
    row = Model.objects.create(name=NAME, draft=sample_model().to_json())
    save_version(row)
    return row


def document() -> dict:
    return json.loads(json.dumps(exported_site()[0]))


def empty() -> None:
    for model in (Service, Folder, FetchHost, Model, Group, User):
        model.objects.all().delete()


def refused(changed: dict, **more: bool) -> list[str]:
    before = document()
    with pytest.raises(Refused) as told:
        import_site(changed, **more)
    assert document() == before
    return told.value.problems


def test_an_empty_site_becomes_the_same(site):
    before = document()
    empty()
    import_site(before, make_people=True)
    assert document() == before
    service = Service.objects.get()
    assert (service.path, service.max_run_seconds) == ("Field/Sleep", 77)
    assert [one.name for one in service.allowed_groups.all()] == ["Surveyors"]
    row = TaskParameter.objects.get(name="Seconds")
    assert (row.label, row.maximum) == ("How long", 9)


def test_who_is_made_cannot_come_in(site):
    before = document()
    empty()
    _, notes = import_site(before, make_people=True)
    maria = User.objects.get(username="maria")
    assert (maria.is_active, maria.has_usable_password()) == (False, False)
    assert any("'maria' was made" in one for one in notes)


def test_people_who_are_missing_are_named(site):
    before = document()
    empty()
    problems = refused(before)
    assert problems == [
        "user 'maria': is not here; make it, or import with --make-people",
        "group 'Surveyors': is not here; make it, or import with --make-people",
    ]


def test_a_site_that_has_it_is_updated_and_keeps_the_rest(site, published):
    before = document()
    published("toys.Sleep", "Field/Other", sync=False)
    Service.objects.filter(name="Sleep").update(max_run_seconds=5)
    before["services"][0]["tasks"][0]["parameters"][0]["label"] = "Time"
    counts, _ = import_site(before)
    assert counts == {"service changed": 1, "task parameter changed": 1}
    assert Service.objects.get(name="Sleep").max_run_seconds == 77
    assert Service.objects.get(name="Sleep").pk == site.pk
    assert TaskParameter.objects.get(task__service=site, name="Seconds").label == "Time"
    assert Service.objects.filter(name="Other").exists()


def test_the_commands_bring_services_and_models_back(site, model, tmp_path):
    publish(installed("models.CityReach@1"), site)
    save_version(model)
    file, again = tmp_path / "site.json", tmp_path / "again.json"
    call_command("export_site", str(file))
    empty()
    call_command("import_site", str(file), "--make-people")
    call_command("export_site", str(again))
    assert again.read_bytes() == file.read_bytes()
    row = Model.objects.get()
    assert [one.number for one in row.versions.order_by("number")] == [1, 2]
    assert installed("models.CityReach@1").schema == installed(row.tool_id).schema


# --- Secrets --------------------------------------------------------------------------


def test_no_secret_is_in_the_file(site):
    row = TaskParameter.objects.get(name="Seconds")
    row.default = "https://gis.example.org/layer?token=SECRETSECRET&f=json"
    row.save()
    found, notes = exported_site()
    text = json.dumps(found)
    assert "SECRETSECRET" not in text
    assert "a-password" not in text
    assert User.objects.get(username="maria").password not in text
    assert notes == [
        "Field/Sleep/Sleep, parameter Seconds: tokens in its default are left out"
    ]


def test_the_default_of_a_hidden_text_is_left_out(published):
    published("typed.Blab", "Field/Hidden", sync=False)
    row = TaskParameter.objects.get(name="Password")
    row.default, row.mode = "open-sesame", "constant"
    row.save()
    found, notes = exported_site()
    assert "open-sesame" not in json.dumps(found)
    assert notes == ["Field/Hidden/Blab, parameter Password: its default is a secret"]


# --- What does not fit ----------------------------------------------------------------


def edit(path: list, value):
    def change(found: dict) -> None:
        for step in path[:-1]:
            found = found[step]
        found[path[-1]] = value

    return change


SERVICE = ["services", 0]
TASK = [*SERVICE, "tasks", 0]
PARAMETER = [*TASK, "parameters", 0]
WRONG = {
    "format": (["format"], "zip", "This is no file of export_site"),
    "form": (["form"], 99, "The file has form 99"),
    "section": (["dungeons"], [], "knows no section 'dungeons'"),
    "list": (["services"], {}, "services: expected a list"),
    "entry": (["folders", 0], 5, "folders, entry 1: expected an object"),
    "name": ([*SERVICE, "name"], None, "service: 'name' must be a text"),
    "odd name": ([*SERVICE, "name"], "a/b", "service Field/a/b: name: Use letters"),
    "number": ([*SERVICE, "max_run_seconds"], "soon", "max_run_seconds: expected a whole number"),
    "bound": ([*SERVICE, "max_memory_mb"], 1, "max_memory_mb: Ensure this value"),
    "choice": ([*SERVICE, "state"], "ASLEEP", "state: Value 'ASLEEP' is not a valid"),
    "member": ([*SERVICE, "colour"], "red", "there is no property 'colour'"),
    "secret member": ([*SERVICE, "revision"], 7, "there is no property 'revision'"),
    "folder": ([*SERVICE, "folder"], "Nowhere", "there is no folder 'Nowhere'"),
    "people": ([*SERVICE, "allowed_groups"], "all", "expected a list of names"),
    "tool": ([*TASK, "tool_id"], "no.Tool", "service Field/Sleep, task Sleep: "),
    "parameter": ([*PARAMETER, "name"], "X", "parameter X: its tool has no such"),
    "default": ([*PARAMETER, "default"], "long", "parameter Seconds: "),
    "half": ([*SERVICE, "maximum_records"], 1.5, "expected a whole number"),
    "flag": ([*SERVICE, "uploads"], "yes", "uploads: expected true or false"),
    "no text": ([*SERVICE, "title"], ["a"], "title: expected a text"),
    "text": ([*PARAMETER, "maximum"], {"a": 1}, "parameter Seconds: maximum: "),
    "nul": ([*SERVICE, "description"], "a\0b", "description: there must be no NUL in it"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_named_and_nothing_changes(site, name):
    path, value, said = WRONG[name]
    changed = document()
    changed["fetch_hosts"] = [{"pattern": "new.example.org"}]  # would change
    edit(path, value)(changed)
    problems = refused(changed)
    assert any(said in one for one in problems), problems


def test_a_version_of_a_model_is_never_replaced(model):
    changed = document()
    definition = changed["models"][0]["versions"][0]["bundle"]["models"]
    next(iter(definition.values()))["title"] = "Another"
    assert refused(changed) == [
        "model CityReach, version 1: another one with this number is here already"
    ]


@pytest.mark.parametrize("bundle", [
    None, {}, {"id": "models.New@1", "models": {}},
    {"id": "models.New@1", "models": {"models.New@1": {"steps": 5}}},
])  # fmt: skip
def test_a_bundle_that_is_none_is_refused(db, bundle):
    changed = document()
    changed["models"] = [{"name": "New", "versions": [{"number": 1, "bundle": bundle}]}]
    assert any("model New, version 1: " in one for one in refused(changed))


def test_the_commands_say_what_is_wrong(site, tmp_path):
    file = tmp_path / "site.json"
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_site", str(file))
    file.write_text("{")
    with pytest.raises(CommandError, match="It is not valid JSON"):
        call_command("import_site", str(file))
    file.write_text("[" * 101 + "]" * 101)
    with pytest.raises(CommandError, match="nested deeper than 100"):
        call_command("import_site", str(file))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_site", str(Path("/proc/none/site.json")))


def test_the_file_is_its_owner_s_alone(site, tmp_path):
    file = tmp_path / "site.json"
    call_command("export_site", str(file))
    assert file.stat().st_mode & 0o077 == 0
