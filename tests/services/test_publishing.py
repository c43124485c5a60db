"""Publishing step by step: tools, service, parameters, and the look before users see it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from portal.roles import PUBLISHER
from services.models import Folder, Service, Task
from services.samples import load_samples
from tests.services.admin_pages import BOX, fields_of, rest_parameter

LIST = f"{BOX}/service/"
TOOLS, WHERE, CHECK = (f"{LIST}publish/{tail}" for tail in ("", "service/", "check/"))


@pytest.fixture
def publisher(db):
    """A publisher with one folder of their own, Mine, beside Theirs."""
    user = User.objects.create_user("pub", password="pub-pass-1", is_staff=True)
    user.groups.add(Group.objects.get(name=PUBLISHER))
    Folder.objects.create(name="Mine").owners.add(user)
    Folder.objects.create(name="Theirs")
    client = Client()
    client.force_login(user)
    return client


def choose(client, *tools, **fields):
    """Send the second step; return the response."""
    form = {
        "name": "Nap",
        "execution_type": "esriExecutionTypeSynchronous",
        "access": "everyone",
    }
    return client.post(WHERE, form | {"tools": tools} | fields)


def drafted(client, *tools, **fields):
    """Make a draft; return the service and where its first parameters are."""
    answer = choose(client, *tools, **fields)
    assert answer.status_code == 302, answer.context["form"].errors
    return Service.objects.get(name=fields.get("name", "Nap")), answer.url


def refusals(response):
    found = response.context["form"].errors
    return {name: " ".join(texts) for name, texts in found.items()}


# --- Tools ----------------------------------------------------------------------------


def test_tools_of_the_portal_and_models_are_offered_with_where_they_are_published(
    admin_client, published
):
    load_samples()
    html = admin_client.get(TOOLS).content.decode()
    assert 'value="proximity.Buffer"' in html
    assert 'value="models.CityReach' in html
    assert "a model" in html
    assert "Samples/Slow/Sleep" in html


def test_a_search_keeps_what_was_chosen(admin_client):
    html = admin_client.get(TOOLS, {"q": "no such tool", "tools": "samples.Sleep"}).content.decode()  # fmt: skip
    assert 'value="samples.Sleep" checked' in html
    assert "samples.Echo" not in html


def test_tools_sent_by_another_page_lead_to_the_second_step(admin_client):
    answer = admin_client.post(TOOLS, {"tools": ["samples.Sleep", "samples.Echo"]})
    assert answer.url == f"{WHERE}?tools=samples.Sleep&tools=samples.Echo"
    assert b"Choose at least one tool" in admin_client.post(TOOLS).content


@pytest.mark.parametrize("query", [{}, {"tools": "gone.Tool"}], ids=str)
def test_without_a_tool_the_second_step_leads_back(admin_client, query):
    assert admin_client.get(WHERE, query).url == TOOLS


# --- Service --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Give the service a name."),
        ("a/b", "Use letters, digits, spaces and underscores"),
        ("_a", "Use letters, digits, spaces and underscores"),
        ("x" * 101, "101"),
        ("tAKEN", "There is a service of this name here"),
    ],
    ids=str,
)
def test_a_name_is_refused_alike_while_typing_and_when_sent(admin_client, name, says):
    Service.objects.create(name="Taken")
    live = admin_client.get(CHECK, {"name": name, "folder": ""}).json()
    assert says in live["problem"]
    assert says in refusals(choose(admin_client, "samples.Sleep", name=name))["name"]
    assert Service.objects.count() == 1


def test_a_free_name_is_told_with_its_address(admin_client):
    folder = Folder.objects.create(name="Toys")
    live = admin_client.get(CHECK, {"name": "Nap", "folder": folder.pk}).json()
    assert live == {
        "problem": "",
        "text": "Free: /server/rest/services/Toys/Nap/GPServer",
    }


def test_groups_without_their_access_are_refused(admin_client):
    group = Group.objects.create(name="Planners")
    answer = choose(admin_client, "samples.Sleep", groups=[group.pk])
    assert "Groups count" in refusals(answer)["access"]


def test_a_publisher_publishes_in_own_folders_alone(publisher):
    theirs, mine = (Folder.objects.get(name=one) for one in ("Theirs", "Mine"))
    assert "folder" in refusals(choose(publisher, "samples.Sleep", folder=theirs.pk))
    assert "folder" in refusals(choose(publisher, "samples.Sleep"))
    service, _ = drafted(publisher, "samples.Sleep", folder=mine.pk)
    assert str(service) == "Mine/Nap"
    publisher.post(f"{LIST}{service.pk}/publish/", {"tasks": service.tasks.get().pk})
    service.refresh_from_db()
    assert service.state == "STARTED"


@pytest.mark.parametrize("url", [TOOLS, WHERE, CHECK])
def test_who_may_not_publish_sees_no_step(published, client, url):
    user = User.objects.create_user("reader", is_staff=True)
    client.force_login(user)
    assert client.get(url, {"tools": "samples.Sleep"}).status_code == 403
    service = published("samples.Sleep")
    assert client.post(f"{LIST}{service.pk}/publish/").status_code == 404


# --- Draft, parameters, publishing ----------------------------------------------------


def test_a_draft_is_seen_by_nobody_until_it_is_published(admin_client, rest):
    service, url = drafted(admin_client, "samples.Sleep", "samples.Echo")
    told = rest.get("/Nap/GPServer")["error"]["message"]
    assert told == "Service Nap/GPServer not started: It is being prepared."
    sleep, echo = service.tasks.all()
    assert url == f"{BOX}/task/{sleep.pk}/change/?publishing={sleep.pk},{echo.pk}"
    page = admin_client.get(url)
    assert b'aria-current="step">Parameters' in page.content
    url = admin_client.post(url, fields_of(page)).url
    assert url == f"{BOX}/task/{echo.pk}/change/?publishing={sleep.pk},{echo.pk}"
    url = admin_client.post(url, fields_of(admin_client.get(url))).url
    assert url == f"{LIST}{service.pk}/publish/?tasks={sleep.pk},{echo.pk}"
    assert admin_client.get(url).status_code == 200
    admin_client.post(url, {"tasks": [sleep.pk]})
    assert rest.get("/Nap/GPServer")["tasks"] == ["Sleep"]


def test_a_new_task_of_a_running_service_is_hidden_until_it_is_published(
    admin_client, published, rest
):
    service = published("samples.Sleep", "Toys/Sleep")
    answer = choose(admin_client, "samples.Echo", service=service.pk)
    echo = Task.objects.get(name="Echo")
    assert answer.url == f"{BOX}/task/{echo.pk}/change/?publishing={echo.pk}"
    assert rest.get("/Toys/Sleep/GPServer")["tasks"] == ["Sleep"]
    tasks = [one.pk for one in service.tasks.all()]
    admin_client.post(f"{LIST}{service.pk}/publish/", {"tasks": tasks})
    assert rest.get("/Toys/Sleep/GPServer")["tasks"] == ["Sleep", "Echo"]


def test_what_is_published_already_leads_to_the_look(admin_client, published):
    service = published("samples.Sleep", "Toys/Sleep")
    answer = choose(admin_client, "samples.Sleep", service=service.pk)
    assert answer.url == f"{LIST}{service.pk}/publish/?tasks="


def test_a_stopped_service_that_is_no_draft_stays_stopped(admin_client, published):
    service = published("samples.Sleep", "Toys/Sleep", state="STOPPED")
    sent = {"tasks": service.tasks.get().pk}
    answer = admin_client.post(f"{LIST}{service.pk}/publish/", sent, follow=True)
    assert b"clients see its tasks once it is started" in answer.content
    service.refresh_from_db()
    assert service.state == "STOPPED"


def test_the_look_tells_what_is_wrong_with_a_task(admin_client, published):
    service = published("samples.Sleep", "Toys/Sleep")
    service.tasks.get().parameters.filter(name="Seconds").update(default=99_999)
    html = admin_client.get(f"{LIST}{service.pk}/publish/").content.decode()
    assert "Seconds: out of range" in html
    Task.objects.update(tool_id="gone.Tool")
    html = admin_client.get(f"{LIST}{service.pk}/publish/").content.decode()
    assert "gone.Tool is not installed" in html


@pytest.mark.parametrize("given", ["x", "999999", ",", "1,1,1", "1" * 400])
def test_steps_that_are_none_are_no_matter(admin_client, published, given):
    task = published("samples.Sleep", "Toys/Sleep").tasks.get()
    url = f"{BOX}/task/{task.pk}/change/?publishing={given}"
    assert admin_client.get(url).status_code == 200
    page = admin_client.get(f"{LIST}{task.service_id}/publish/?tasks={given}")
    assert page.status_code == 200


# --- Preview --------------------------------------------------------------------------


@pytest.fixture
def echo(published):
    return published("samples.Echo", "Toys/Echo").tasks.get()


def previewed(client, task, **changes):
    """Return the preview of a page that is edited and not saved; fields by parameter."""
    url = f"{BOX}/task/{task.pk}/"
    data = fields_of(client.get(f"{url}change/"))
    prefixes = {str(value): key.removesuffix("-id")
                for key, value in data.items() if key.endswith("-id")}  # fmt: skip
    for name, fields in changes.items():
        at = prefixes[str(task.parameters.get(name=name).pk)]
        data |= {f"{at}-{key}": value for key, value in fields.items()}
    answer = client.post(f"{url}preview/", data)
    assert answer.status_code == 200
    return answer


def previewed_row(answer, name):
    rows = answer.context["preview"].parameters
    return next((one for one in rows if one.name == name), None)


def test_the_preview_shows_edits_that_are_not_saved(admin_client, echo):
    answer = previewed(
        admin_client, echo,
        In_String={"mode": "choice", "choices": "red\ngreen", "default": "green", "label": "Colour"},
        In_Long={"mode": "hidden", "default": "5"},
        In_Double={"mode": "constant", "default": "2.5"},
    )  # fmt: skip
    colour = previewed_row(answer, "In_String")
    assert (colour.label, colour.control) == ("Colour", "select")
    chosen = {one.value: one.is_chosen for one in colour.options if one.value}
    assert chosen == {"red": False, "green": True}
    assert previewed_row(answer, "In_Long") is None
    assert previewed_row(answer, "In_Double").control == "fixed"
    assert not echo.parameters.exclude(mode="user").exists()


def test_the_preview_shows_what_would_be_refused(admin_client, echo):
    answer = previewed(admin_client, echo, In_Long={"default": "many"})
    assert "GPLong" in previewed_row(answer, "In_Long").problem


def test_the_preview_is_what_the_services_directory_shows_after_saving(
    admin_client, echo
):
    page = admin_client.get(f"{BOX}/task/{echo.pk}/change/")
    form = admin_client.get("/server/rest/services/Toys/Echo/GPServer/Echo/execute")
    html = form.content.decode()
    rows = page.context["preview"].parameters
    assert len(rows) > 5
    assert all(f'name="{one.name}"' in html for one in rows)


def test_texts_in_a_preview_are_escaped(admin_client, echo):
    answer = previewed(admin_client, echo, In_String={"label": "<i>x</i>"})
    assert b"&lt;i&gt;x&lt;/i&gt;" in answer.content
    assert b"<i>x</i>" not in answer.content


def test_who_may_not_edit_a_task_gets_no_preview(publisher, echo):
    url = f"{BOX}/task/{echo.pk}/preview/"
    assert publisher.post(url).status_code in (403, 404)


# --- A choice list --------------------------------------------------------------------


def choice_of(client, task, **fields):
    from tests.services.admin_pages import parameter_edit

    return parameter_edit(client, task, "In_String", **fields)


def test_a_choice_list_needs_texts(admin_client, echo):
    from tests.services.admin_pages import errors_of

    answer = choice_of(admin_client, echo, mode="choice")
    assert errors_of(answer) == {"choices": ["Write the texts to choose from, one a line."]}  # fmt: skip


def test_a_choice_list_is_in_rest_and_holds(admin_client, echo, rest):
    choice_of(admin_client, echo, mode="choice", choices="red\ngreen", default="red")
    shown = rest_parameter(admin_client, "In_String", "Toys/Echo/GPServer/Echo")
    assert (shown["choiceList"], shown["defaultValue"]) == (["red", "green"], "red")


def test_a_number_has_no_choice_list(admin_client, echo):
    page = admin_client.get(f"{BOX}/task/{echo.pk}/change/")
    forms = [
        form
        for one in page.context["inline_admin_formsets"]
        for form in one.formset.forms
    ]
    modes = {
        form.instance.name: [key for key, _ in form.fields["mode"].choices]
        for form in forms
    }
    assert "choice" in modes["In_String"]
    assert "choice" not in modes["In_Long"]
