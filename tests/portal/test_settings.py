"""Settings of production, as a fresh process reads them."""

from __future__ import annotations

import os

import pytest

from portal.checks import large_runs_can_work_in_parts
from tests import fresh

KEY = "k3y-" + "abcdefghij" * 6
PRODUCTION = {"CAIRN_HTTPS": "1", "CAIRN_ALLOWED_HOSTS": "cairn.example"}


@pytest.fixture
def manage(tmp_path):
    """Run manage.py with variables of the environment; return what came of it."""

    def run(*words, **variables):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("CAIRN_", "DJANGO_"))}  # fmt: skip
        own = {"CAIRN_DATA_DIR": str(tmp_path),
               "DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3"}  # fmt: skip
        return fresh.run(["manage.py", *words], kept | own | variables)

    return run


def shell(code):
    """The command that also makes the checks which forbid to start."""
    return ("shell", "-v0", "-c", code)


@pytest.mark.parametrize(
    "extra", [{}, {"CAIRN_BEHIND_PROXY": "1"}, {"CAIRN_TWO_FACTOR": "1"}]
)
def test_a_portal_in_production_has_nothing_to_warn_of(manage, extra):
    ended = manage("check", "--deploy", "--fail-level", "WARNING",
                   **PRODUCTION, **extra, CAIRN_SECRET_KEY=KEY)  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def test_a_key_that_can_be_guessed_is_warned_of(manage):
    ended = manage("check", "--deploy", "--fail-level", "WARNING",
                   **PRODUCTION, CAIRN_SECRET_KEY="short")  # fmt: skip
    assert "security.W009" in ended.stderr
    assert ended.returncode != 0


def test_production_wants_a_key(manage, tmp_path):
    ended = manage("check", **PRODUCTION)
    assert ended.returncode != 0
    assert "set CAIRN_SECRET_KEY to a long random text" in ended.stderr
    assert not (tmp_path / "secret_key").exists()


def test_a_key_may_come_from_a_file(manage, tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    named = {"CAIRN_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert manage(*shell(code), **PRODUCTION, **named).stdout.strip() == KEY
    ended = manage("check", CAIRN_SECRET_KEY_FILE=str(tmp_path / "nothing"))
    assert "there is no such file" in ended.stderr


def test_what_a_former_key_signed_still_counts(manage):
    sign = "from django.core import signing; print(signing.dumps('x'))"
    signed = manage(*shell(sign), CAIRN_SECRET_KEY=KEY).stdout.strip()
    read = f"from django.core import signing; print(signing.loads('{signed}'))"
    new = {"CAIRN_SECRET_KEY": KEY[::-1]}
    ended = manage(*shell(read), **new, CAIRN_SECRET_KEY_FALLBACKS=f" {KEY} ,")
    assert ended.stdout.strip() == "x"
    assert "BadSignature" in manage(*shell(read), **new).stderr


@pytest.mark.parametrize(
    ("path", "fits"),
    [("back-office", True), ("hidden/admin_7", True), ("server", False), ("", False),
     ("static", False), ("a b", False), ("metrics/x", False)],
)  # fmt: skip
def test_the_administration_is_where_the_setting_says(manage, path, fits):
    code = "from django.urls import reverse; print(reverse('admin:index'))"
    if fits:
        ended = manage(*shell(code), CAIRN_ADMIN_PATH=path)
        assert ended.stdout.strip() == f"/{path}/"
    else:
        checked = manage("check", CAIRN_ADMIN_PATH=path)
        assert checked.returncode != 0
        assert "CAIRN_ADMIN_PATH" in checked.stderr or "CAIRN_CONTEXT" in checked.stderr


def test_debug_is_off_and_cookies_are_safe(manage):
    code = (
        "from django.conf import settings as s;"
        "print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_AGE, s.SECURE_HSTS_SECONDS > 0)"
    )
    ended = manage(*shell(code), **PRODUCTION, CAIRN_SECRET_KEY=KEY)
    assert ended.stdout.strip() == "False True True True 28800 True"


def test_settings_of_runs_in_parts_are_numbers_and_have_their_package(monkeypatch):
    assert large_runs_can_work_in_parts(None) == []
    monkeypatch.setenv("CAIRN_PARTITION_FEATURES", "many")
    monkeypatch.setenv("CAIRN_DASK_SCHEDULER", "tcp://10.0.0.5:8786")
    monkeypatch.setattr("portal.checks.find_spec", lambda name: None)
    found = [one.id for one in large_runs_can_work_in_parts(None)]
    assert found == ["portal.E009", "portal.E010"]
