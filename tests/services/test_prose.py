"""Descriptions: plain text as it stands, of HTML what does no harm."""

from __future__ import annotations

import pytest

from services.prose import cleaned


@pytest.mark.parametrize(
    "text", ["", "a < b & c > d", "<5 km", "5 <= x", "a\nb", "Größe „x“", "x -> y"]
)
def test_plain_text_stays_as_it_is(text):
    assert cleaned(text) == text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>One <b>two</b><br>three</p>", "<p>One <b>two</b><br>three</p>"),
        ("<script>alert(1)</script>text", "text"),
        ("<img src=x onerror=alert(1)>text", "text"),
        ('<p style="x" onclick="y" class="z">text</p>', "<p>text</p>"),
        ('<a href="javascript:alert(1)">text</a>',
         '<a rel="noopener noreferrer nofollow">text</a>'),
        ('<a href="https://example.org/">text</a>',
         '<a href="https://example.org/" rel="noopener noreferrer nofollow">text</a>'),
        ("<svg><script>1</script></svg>text", "text"),
        ("<!-- x -->text", "text"),
        ("<b>open", "<b>open</b>"),
    ],
)  # fmt: skip
def test_of_html_only_what_is_harmless_is_left(given, kept):
    assert cleaned(given) == kept


def test_pages_and_documents_show_a_description_cleaned(rest, published):
    text = "<p>Say <b>more</b></p><script>alert(1)</script>"
    published("toys.TwoOutputs", description=text)
    url = "/Toys/Service/GPServer"
    assert rest.get(url)["serviceDescription"] == "<p>Say <b>more</b></p>"
    item = rest.get(f"{url}/info/iteminfo")
    assert item["description"] == "<p>Say <b>more</b></p>"
    page = rest.client.get(
        f"/server/rest/services{url}", {"f": "html"}
    ).content.decode()
    assert '<div class="text"><p>Say <b>more</b></p></div>' in page
    assert "<script" not in page
