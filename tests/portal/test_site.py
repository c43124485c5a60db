"""What administrators say of the whole site: settings, announcements, basemaps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from portal import site
from portal.basemaps import ContentPolicy
from portal.models import Announcement, Basemap, SiteSettings

SETTINGS = "/admin/portal/sitesettings/1/change/"
FORM = {"name": "Cairn", "welcome": "", "help_url": "", "services_directory": "",
        "cors_origins": "", "share_hours": ""}  # fmt: skip
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"


def saved(admin_client, **fields):
    return admin_client.post(SETTINGS, FORM | fields)


def refusal(admin_client, **fields):
    """Return the errors of the form of the settings."""
    return saved(admin_client, **fields).context["adminform"].form.errors


# --- Settings -------------------------------------------------------------------------


def test_the_list_leads_to_the_only_row_which_need_not_be_there_yet(admin_client):
    page = admin_client.get("/admin/portal/sitesettings/", follow=True)
    assert page.redirect_chain == [(SETTINGS, 302)]
    assert b"CAIRN_MAX_SHARE_HOURS" in page.content
    assert admin_client.get("/admin/portal/sitesettings/add/").status_code == 403
    saved(admin_client, name="One")
    saved(admin_client, name="Two")
    assert SiteSettings.objects.get().name == "Two"


def test_the_name_is_in_the_head_of_the_admin_and_of_the_account(admin_client):
    assert b"Cairn administration" in admin_client.get("/admin/").content
    saved(admin_client, name="Flood <b>desk</b>", help_url="https://help.example/")
    page = admin_client.get("/admin/").content
    assert b"Flood &lt;b&gt;desk&lt;/b&gt; administration" in page
    account = admin_client.get("/server/account/login").content
    assert b"Flood &lt;b&gt;desk&lt;/b&gt;</title>" in account
    assert b'href="https://help.example/"' in account


@pytest.mark.parametrize("by_environment", [True, False])
def test_the_directory_is_switched_against_the_environment(
    admin_client, settings, by_environment
):
    settings.SERVICES_DIRECTORY = by_environment
    pages = "/server/rest/services?f=html"
    assert (admin_client.get(pages).status_code == 200) is by_environment
    saved(admin_client, services_directory="off" if by_environment else "on")
    assert (admin_client.get(pages).status_code == 200) is not by_environment


def test_origins_are_narrowed_within_what_the_environment_lets_in(
    admin_client, settings
):
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [r"(?:https://.*\.example)\Z"]

    def is_let_in(origin):
        answer = admin_client.get(
            "/server/rest/info", {"f": "json"}, headers={"Origin": origin}
        )
        return answer.has_header("Access-Control-Allow-Origin")

    assert is_let_in("https://a.example")
    saved(admin_client, cors_origins="https://b.example\nhttps://c.example")
    assert [is_let_in(f"https://{one}.example") for one in "ab"] == [False, True]
    assert "CAIRN_CORS_ORIGINS" in str(
        refusal(admin_client, cors_origins="https://x.org")
    )
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [r"(?:https://a\.example)\Z"]
    assert not is_let_in("https://b.example")


@pytest.mark.parametrize("line", ["maps.example", "https://a.example/path", "*"])
def test_a_line_that_is_no_origin_is_refused(admin_client, line):
    assert "is no origin" in str(refusal(admin_client, cors_origins=line))


def test_hours_of_share_links_hold_within_the_bound(admin_client, settings):
    settings.SHARE_HOURS, settings.MAX_SHARE_HOURS = 24, 100
    assert site.share_hours() == 24
    saved(admin_client, share_hours="48")
    assert site.share_hours() == 48
    assert "At most 100 hours" in str(refusal(admin_client, share_hours="101"))
    settings.MAX_SHARE_HOURS = 10
    assert site.share_hours() == 10


def test_what_is_remembered_is_read_once_and_a_change_here_shows_at_once(
    db, settings, django_assert_num_queries
):
    settings.SITE_SECONDS = 60.0
    SiteSettings(name="One").save()
    assert site.current().name == "One"
    with django_assert_num_queries(0):
        assert site.current().name == "One"
    row = SiteSettings.objects.get()
    row.name = "Two"
    row.save()
    assert site.current().name == "Two"
    row.delete()  # the next test starts anew


# --- Announcements --------------------------------------------------------------------


def test_announcements_are_current_from_their_start_to_their_end(db):
    now, hour = timezone.now(), timedelta(hours=1)

    def made(text, **fields):
        Announcement.objects.create(text=text, **{"starts_at": now - hour} | fields)

    made("open end")
    made("grave", level="danger", ends_at=now + hour)
    made("members", only_signed_in=True, level="warning")
    made("over", ends_at=now - hour / 2)
    made("planned", starts_at=now + hour)
    everybody = [one.text for one in Announcement.objects.current()]
    members = [one.text for one in Announcement.objects.current(is_signed_in=True)]
    assert everybody == ["grave", "open end"]
    assert members == ["grave", "members", "open end"]


def test_an_announcement_does_not_end_before_it_starts(admin_client):
    form = {"text": "Tonight", "level": "info", "starts_at_0": "2026-05-01",
            "starts_at_1": "12:00", "ends_at_0": "2026-05-01", "ends_at_1": "11:00"}  # fmt: skip
    url = "/admin/portal/announcement/add/"
    page = admin_client.post(url, form)
    assert "after the start" in str(page.context["adminform"].form.errors["ends_at"])
    admin_client.post(url, form | {"ends_at_1": "13:00"})
    assert "Over" in admin_client.get("/admin/portal/announcement/").content.decode()


# --- Basemaps -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org/{z}/{x}/{y}/{y}.png",
        "https://tiles.{z}.example.org/{x}/{y}.png",
        "https://user:pass@tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org;script-src/{z}/{x}/{y}.png",
        "https://*/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
        "https://[/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png?key='a b'",
        "javascript:alert(1)//{z}/{x}/{y}",
    ],
)
def test_an_address_that_is_none_of_tiles_over_tls_is_refused(template):
    basemap = Basemap(name="Tiles", url_template=template, attribution="Somebody")
    with pytest.raises(ValidationError, match=r"https://tiles\.example\.org") as caught:
        basemap.clean_fields()
    assert set(caught.value.message_dict) == {"url_template"}


def test_one_basemap_is_first_and_it_is_offered(admin_client):
    url, form = "/admin/portal/basemap/add/", {
        "url_template": TILES, "attribution": "Somebody", "max_zoom": "18",
        "position": "0", "is_default": "on",
    }  # fmt: skip
    page = admin_client.post(url, form | {"name": "Off"})
    assert "Enable it" in str(page.context["adminform"].form.errors["is_default"])
    admin_client.post(url, form | {"name": "A", "enabled": "on"})
    admin_client.post(url, form | {"name": "B", "enabled": "on", "position": "1"})
    assert [one.name for one in Basemap.objects.enabled()] == ["A", "B"]
    assert Basemap.objects.get(is_default=True).name == "B"


def images_of(path, content_type="text/html; charset=utf-8"):
    """Return where a page at a path may load images from."""
    answer = HttpResponse("", content_type=content_type)
    middleware = ContentPolicy(lambda _: answer)
    policy = middleware(RequestFactory().get(path))["Content-Security-Policy"]
    directives = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    return set(directives["img-src"].split())


def test_pages_of_the_portal_load_tiles_from_enabled_basemaps_alone(db):
    own = {"'self'", "data:"}
    assert images_of("/jobs/1/") == own
    Basemap.objects.create(name="A", url_template=TILES, attribution="x")
    Basemap.objects.create(
        name="B", url_template=TILES.replace("tiles", "off"), attribution="x",
        enabled=False,
    )  # fmt: skip
    assert images_of("/jobs/1/") == own | {"https://tiles.example.org"}
    for other in ("/admin/jobs/job/", "/server/rest/services", "/SERVER/account"):
        assert images_of(other) == own
    assert images_of("/jobs/1/", "application/json") == own
