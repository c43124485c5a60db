"""The texts of pages and their translations: ``python -m tests.texts``.

Finds every text that pages mark for translation, in Python, templates and scripts,
brings the ``.po`` files of each language up to date, and writes their ``.mo`` files.
Does what Django's makemessages and compilemessages do, without GNU gettext.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "portal" / "locale"
LANGUAGES = ("de",)

#: A text, its plural if it has one, and its context.
Text = tuple[str, str | None, str | None]

_CALLS = {
    "_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1,
    "ngettext": 2, "ngettext_lazy": 2,
}  # fmt: skip
_CONTEXTS = {"pgettext": 1, "pgettext_lazy": 1, "npgettext": 2, "npgettext_lazy": 2}
_STRING = r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\$]|\\.)*`)"
_JS = re.compile(
    rf"\b(n?gettext|pgettext)\(\s*{_STRING}(?:\s*,\s*{_STRING})?", re.DOTALL
)


def found(domain: str) -> dict[Text, list[str]]:
    """Return the texts of a domain, each with the files that have it."""
    texts: dict[Text, list[str]] = {}
    sources = _in_scripts() if domain == "djangojs" else _in_pages()
    for text, file in sources:
        texts.setdefault(text, []).append(file)
    return texts


def _in_pages() -> Iterator[tuple[Text, str]]:
    for file in sorted((ROOT / "portal").rglob("*.py")):
        yield from ((text, _name(file)) for text in _in_python(file.read_text()))
    for folder in ("portal", "account"):
        for file in sorted((ROOT / "templates" / folder).rglob("*.html")):
            code = _plain_calls(templatize(file.read_text()))
            yield from ((text, _name(file)) for text in code)


def _in_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if not given or not all(isinstance(one, str) for one in given[:1]):
                continue
            if name in _CALLS:
                plural = given[1] if _CALLS[name] == 2 else None
                yield str(given[0]), plural, None
            elif name in _CONTEXTS and len(given) > 1:
                plural = given[2] if _CONTEXTS[name] == 2 else None
                yield str(given[1]), plural, str(given[0])


_TEMPLATE = re.compile(r"\b(n?p?gettext|_)\((u?(?:'''|\"\"\"|'|\").*?)\)\s", re.DOTALL)


def _plain_calls(code: str) -> Iterator[Text]:
    """Return the texts of what ``templatize`` makes of a template."""
    for match in _TEMPLATE.finditer(code + " "):
        try:
            call = ast.parse(f"{match[1]}({match[2]})".replace(",count)", ",1)"))
        except SyntaxError:
            continue
        yield from _in_python(ast.unparse(call))


def _in_scripts() -> Iterator[tuple[Text, str]]:
    for file in sorted((ROOT / "portal" / "static" / "portal").rglob("*.js")):
        for kind, first, second in _JS.findall(file.read_text()):
            given = [_unquoted(one) for one in (first, second) if one]
            if kind == "pgettext":
                yield (given[1], None, given[0]), _name(file)
            elif kind == "ngettext":
                yield (given[0], given[1], None), _name(file)
            else:
                yield (given[0], None, None), _name(file)


def _unquoted(text: str) -> str:
    inner = text[1:-1].replace("\\n", "\n")
    return re.sub(r"\\(.)", r"\1", inner)


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def catalogue(language: str, domain: str) -> Path:
    """Return the file with the translations of a domain."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def update(language: str, domain: str) -> list[str]:
    """Bring a ``.po`` file up to date and compile it; return what has no translation."""
    path = catalogue(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    book = polib.pofile(str(path), wrapwidth=88) if path.exists() else polib.POFile()
    book.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    texts = found(domain)
    known = {(one.msgid, one.msgctxt): one for one in book}
    kept = polib.POFile(wrapwidth=88)
    kept.metadata = book.metadata
    for (text, plural, context), files in sorted(
        texts.items(), key=lambda one: one[0][0]
    ):
        entry = known.get((text, context)) or polib.POEntry(msgid=text, msgctxt=context)
        entry.occurrences = [(file, "") for file in sorted(set(files))]
        if plural:
            entry.msgid_plural = plural
            entry.msgstr_plural = entry.msgstr_plural or {0: "", 1: ""}
        kept.append(entry)
    kept.save(str(path))
    kept.save_as_mofile(str(path.with_suffix(".mo")))
    return [one.msgid for one in kept.untranslated_entries()]


def main() -> int:
    """Update all catalogues; say what waits for a translation."""
    missing = 0
    for language in LANGUAGES:
        for domain in ("django", "djangojs"):
            left = update(language, domain)
            missing += len(left)
            sys.stdout.write(f"{language} {domain}: {len(left)} without translation\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
