"""The admin site: who comes in, what is there, and the revocation of tokens."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from portal.models import AccessToken
from portal.tokens import issue
from services.models import Service

TOKENS = "/admin/portal/accesstoken/"


@pytest.fixture
def tokens(owner):
    """Three tokens: valid and bound, expired, valid; as (secret, row)."""
    return [
        issue(owner, 60, referer="https://app.example/"),
        issue(owner, -1),
        issue(owner, 60, ip="127.0.0.1"),
    ]


def shown(client, **query):
    return client.get(TOKENS, query).context["cl"].result_list


def revoke(client, *rows, **more):
    data = {"action": "revoke", "_selected_action": [row.pk for row in rows]} | more
    return client.post(TOKENS, data, follow=True)


def test_the_index_groups_what_is_managed_and_lists_nothing_of_the_queue(admin_client):
    response = admin_client.get("/admin/")
    groups = {
        app["name"]: [one["object_name"] for one in app["models"]]
        for app in response.context["app_list"]
    }
    assert list(groups) == ["Services and tools", "Jobs", "Access", "Operations"]
    assert groups["Services and tools"][:3] == ["Service", "Task", "Model"]
    assert groups["Jobs"][0] == "Job"
    assert {"User", "Group", "AccessToken", "TOTPDevice"} <= set(groups["Access"])
    operations = {"Worker", "Usage", "LogEvent", "SiteSettings", "Announcement", "Basemap"}  # fmt: skip
    assert operations <= set(groups["Operations"])
    assert b"jango q" not in response.content


def test_the_page_of_a_group_lists_what_the_index_lists_in_it(admin_client):
    for group in admin_client.get("/admin/").context["app_list"]:
        page = admin_client.get(group["app_url"])
        assert [one["admin_url"] for one in page.context["app_list"][0]["models"]] == [
            one["admin_url"] for one in group["models"]
        ]
        assert b"Needs attention" not in page.content  # as the dashboard alone tells


def test_models_of_the_queue_are_not_registered():
    apps = {model._meta.app_label for model in admin.site._registry}
    assert apps == {
        "services",
        "jobs",
        "portal",
        "auth",
        "otp_totp",
        "axes",
        "auditlog",
    }


@pytest.mark.parametrize("model", ["schedule", "success", "failure", "ormq", "task"])
def test_pages_of_the_queue_do_not_exist(admin_client, model):
    assert admin_client.get(f"/admin/django_q/{model}/").status_code == 404


@pytest.mark.parametrize("model", ["user", "group"])
def test_users_and_groups_can_be_managed(admin_client, admin_user, model):
    operators = Group.objects.create(name="Operators")
    row = {"user": admin_user, "group": operators}[model]
    for page in ("", "add/", f"{row.pk}/change/"):
        assert admin_client.get(f"/admin/auth/{model}/{page}").status_code == 200


@pytest.mark.parametrize("path", ["", "services/service/", "jobs/job/", "auth/user/"])
def test_who_is_no_staff_is_sent_to_sign_in(owner, path):
    client = Client()
    client.force_login(owner)
    response = client.get(f"/admin/{path}")
    assert response.url.startswith("/admin/login/")


def test_sign_in_with_a_password_works(admin_user):
    client = Client()
    form = {"username": "admin", "password": "password", "next": "/admin/"}
    assert client.post("/admin/login/", form).url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_pages_have_no_inline_script_or_style(admin_client, published):
    service = published("samples.Echo")
    task = service.tasks.get()
    for page in ("", "services/service/", f"services/task/{task.pk}/change/",
                 f"services/service/{service.pk}/change/"):  # fmt: skip
        text = admin_client.get(f"/admin/{page}").content.decode()
        assert "<script>" not in text
        assert "<style" not in text
        assert ' style="' not in text


def test_tokens_are_listed_without_digest_or_secret(admin_client, tokens):
    pages = [TOKENS, *(f"{TOKENS}{row.pk}/change/" for _, row in tokens)]
    for page in pages:
        text = admin_client.get(page).content.decode()
        assert tokens[0][1].prefix in text or page != TOKENS
        for secret, row in tokens:
            assert row.digest not in text
            assert secret not in text


def test_tokens_cannot_be_added_or_edited(admin_client, tokens):
    assert admin_client.get(f"{TOKENS}add/").status_code == 403
    url = f"{TOKENS}{tokens[0][1].pk}/change/"
    assert admin_client.post(url, {"expires_at": "2099-01-01"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"state": "valid"}, {0, 2}),
        ({"state": "expired"}, {1}),
        ({"state": "revoked"}, set()),
        ({"q": "app.example"}, {0}),
        ({"q": "owner"}, {0, 1, 2}),
    ],
    ids=str,
)
def test_tokens_are_found(admin_client, tokens, query, wanted):
    assert set(shown(admin_client, **query)) == {tokens[i][1] for i in wanted}


def test_revoke_asks_first(admin_client, tokens):
    response = revoke(admin_client, tokens[0][1])
    assert b"cannot be undone" in response.content
    assert not AccessToken.objects.exclude(revoked_at=None).exists()


def test_a_revoked_token_is_refused_at_once(admin_client, tokens, published):
    published("toys.Fail", access=Service.Access.SIGNED_IN)
    secret, row = tokens[2]
    url = "/server/rest/services/Toys/Service/GPServer"
    query = {"f": "json", "token": secret}
    assert "tasks" in Client().get(url, query).json()
    response = revoke(admin_client, row, confirmed="yes")
    assert [str(one) for one in response.context["messages"]] == [
        "1 access token revoked."
    ]
    assert "error" in Client().get(url, query).json()
    assert set(shown(admin_client, state="revoked")) == {row}


def test_a_second_revocation_keeps_the_first_time(admin_client, tokens):
    row = tokens[0][1]
    revoke(admin_client, row, confirmed="yes")
    row.refresh_from_db()
    first = row.revoked_at
    revoke(admin_client, row, confirmed="yes")
    row.refresh_from_db()
    assert row.revoked_at == first
