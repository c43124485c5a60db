"""Every text of a page has its German one, and the compiled ones are of the source."""

from __future__ import annotations

import polib
import pytest

from tests.texts import LANGUAGES, catalogue, found

DOMAINS = ("django", "djangojs")


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_page_lacks_its_translation(language, domain):
    book = polib.pofile(str(catalogue(language, domain)))
    known = {(one.msgid, one.msgctxt) for one in book.translated_entries()}
    assert not {text for text in found(domain) if (text[0], text[2]) not in known}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_texts_are_those_of_the_source(language, domain):
    path = catalogue(language, domain)
    book, compiled = polib.pofile(str(path)), polib.mofile(str(path.with_suffix(".mo")))
    assert {one.msgid: (one.msgstr, one.msgstr_plural) for one in compiled} == {
        one.msgid: (one.msgstr, one.msgstr_plural) for one in book.translated_entries()
    }


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_text(language, domain):
    import re

    places = re.compile(r"%\((\w+)\)[sd]|%[sd]")
    for one in polib.pofile(str(catalogue(language, domain))):
        wanted = set(places.findall(one.msgid_plural or one.msgid))
        for text in (one.msgstr, *one.msgstr_plural.values()):
            assert not text or set(places.findall(text)) == wanted, one.msgid
