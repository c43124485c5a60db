"""What a case of the corpus expects of an answer, in the words of this portal."""

from __future__ import annotations

from tests.corpus import Case

#: What a word of the corpus is called here, where it is another one.
CALLED: dict[str, tuple[str, ...]] = {
    # A refusal names the parameter that holds the URL, and the host of the URL.
    "url": ("url", "a value is required", ".json: ", "took longer than", "does not fetch from", "is not open to", "not known",
            "could not be read"),
    # CSV has no column of shapes here, so what nests in one is never read.
    "deep": ("deep", "expected two columns with coordinates"),
    "encoding": ("encoding", "UTF-16"),
    "limit": ("limit", "more than", "at most"),
    "dbf": ("dbf", "shapefile"),
    "DTD": ("DTD", "DOCTYPE", "entities"),
    "type": ("type", "content is", "expected a"),
    "zip": ("zip",),
    "itemID": ("itemID",),
    "file": ("file", "not found", "Invalid URL"),
    "later": ("later", "too many", "try again"),
    "busy": ("busy", "too many", "waiting", "at most"),
    "disk": ("disk", "space"),
    "POST": ("POST", "405"),
    # To whom a service is not open, it is not there.
    "403": ("403", "not found"),
    "messages": ("No more messages",),
    # Never a word of why: unknown, another's and malformed ids are one refusal.
    "found": ("not found", "no resource at this address", "Request Line is too large"),
    "result": ("result", "no resource at this address"),
}  # fmt: skip


def assert_said(case: Case, error: str) -> None:
    """The error is one that the case expects; "" is none."""
    if case["expect"] == "ok":
        assert not error, error
        return
    if not error and "alt" in case:
        return
    assert error, f"{case['why']}: accepted"
    assert "</html>" in error or len(error) < 1500
    word = case.get("says", "")
    words = CALLED.get(word, (word,))
    assert any(one.lower() in error.lower() for one in words), error
