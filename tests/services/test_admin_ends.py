"""The admin's filter of what expires and can be revoked."""

from __future__ import annotations

import pytest
from django.utils import timezone

from portal import tokens
from portal.models import AccessToken


@pytest.mark.parametrize("state", ["valid", "expired", "revoked"])
def test_tokens_are_found_by_whether_they_work(admin_client, admin_user, state):
    rows = {one: tokens.issue(admin_user, 60)[1] for one in ("valid", "expired")}
    rows["revoked"] = tokens.issue(admin_user, 60)[1]
    now = timezone.now()
    AccessToken.objects.filter(pk=rows["expired"].pk).update(expires_at=now)
    AccessToken.objects.filter(pk=rows["revoked"].pk).update(revoked_at=now)
    page = admin_client.get("/admin/portal/accesstoken/", {"state": state})
    found = {row.pk for row in page.context["cl"].result_list}
    assert found == {rows[state].pk}
