"""What is translated: ``make messages`` brings every catalogue up to date with the sources, and compiles it.

A sentence is found where Python calls ``gettext`` or one of its kin with it, and where a template has it in
``{% translate %}`` or ``{% blocktranslate %}``. It stands in the catalogue of the sources it was found in; what readers
see and the newsroom too stands in that of the readers. Nothing is guessed: a sentence that changed is empty again.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tests import derived

ROOT = Path(__file__).parents[1]
LANGUAGES = ("de", "fr")
READERS = "site/config/locale"
#: Where readers' words are made; the rest of an app belongs to the newsroom, and to the catalogue of the app.
OF_READERS = (
    "templates/",
    "home/",
    "search/",
    "site/",
    "research/reading/",
    "research/rubric/",
    "research/content/sealing.py",
)
#: Of these, the newsroom's all the same.
OF_NEWSROOM = re.compile(
    r"(^|/)(admin|wagtail_hooks|admin/.*|home/models|search/models|site/common/models/.*|.*_panel|not_saved|demo/.*"
    r"|management/.*|completeness|editing|labels|saving|sent|own_changes|odd_input|public_row|versions)(\.\w+)?$"
)
NEWSROOM = "research/locale"
#: What the admin's scripts say, which get no other catalogue than this.
SCRIPTS = "djangojs"
#: What Wagtail says that is said otherwise here, so in every language.
REWORDED = ROOT / READERS / "en_GB" / "LC_MESSAGES" / "django.po"
APPS = ("home", "research", "search", "site/common", "site/config", "templates")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
CALL = re.compile(r"(?<!\w)(?:gettext|ngettext|pgettext|npgettext|_)\(")
Found = tuple[str, "str | tuple[str, ...]", "str | None"]


def catalogue_of(path: str) -> str:
    """Return the folder of the catalogue in which the sentences of a source stand."""
    if path.startswith(OF_READERS) and not OF_NEWSROOM.search(path):
        return READERS
    return NEWSROOM


def sources() -> Iterator[Path]:
    """Yield every source that may have sentences, in a fixed order."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and not {"migrations", "static"} & set(path.parts):
                yield path


def sentences_of(path: Path) -> Iterator[Found]:
    """Yield function, sentence (with its plural) and context of each call in a source."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        if "gettext" not in text:
            return
        for _, function, message, _ in extract_python(BytesIO(text.encode()), KEYWORDS, [], {}):
            yield from _found(function, message)
    elif "trans" in text or "_(" in text:
        yield from _of_template(templatize(text, origin=str(path)))


def _of_template(calls: str) -> Iterator[Found]:
    for start in CALL.finditer(calls):
        call = _parsed(calls[start.start() :])
        if call is None:
            continue
        words = tuple(one.value for one in call.args if isinstance(one, ast.Constant))
        assert isinstance(call.func, ast.Name)
        yield from _found(call.func.id, words)


def _parsed(text: str) -> ast.Call | None:
    """Return the call that a text begins with."""
    for end in re.finditer(r"\)", text):
        try:
            found = ast.parse(text[: end.end()], mode="eval").body
        except SyntaxError:
            continue
        return found if isinstance(found, ast.Call) else None
    return None


def _found(function: str, message: object) -> Iterator[Found]:
    words = [one for one in (message if isinstance(message, tuple) else (message,)) if isinstance(one, str)]
    if not words:
        return
    context = words.pop(0) if "pgettext" in function else None
    yield function, tuple(words[:2]) if "ngettext" in function or "npgettext" in function else words[0], context


def extracted(paths: Iterable[Path] | None = None) -> dict[str, Catalog]:
    """Return the sentences of the sources by the folder of their catalogue."""
    found = {READERS: Catalog(), NEWSROOM: Catalog()}
    for path in sources() if paths is None else paths:
        relative = path.relative_to(ROOT).as_posix()
        for _, message, context in sentences_of(path):
            found[catalogue_of(relative)].add(message, locations=[(relative, 0)], context=context)
    if paths is None:
        for message in read(REWORDED, "en_GB"):
            if message.id:
                found[NEWSROOM].add(message.id, locations=[("wagtail", 0)], context=message.context)
        for message in (*derived.names(), *derived.kept_words()):
            found[NEWSROOM].add(message, locations=[("tests/derived.py", 0)])
    readers = found[READERS]
    for message in list(found[NEWSROOM]):
        if message.id and readers.get(message.id, message.context):
            found[NEWSROOM].delete(message.id, message.context)
    return found


def of_scripts() -> Catalog:
    """Return the sentences of the admin's scripts."""
    found = Catalog()
    for path, message in derived.of_scripts():
        found.add(message, locations=[(path, 0)])
    return found


def po_file(folder: str, language: str, domain: str = "django") -> Path:
    """Return where a catalogue's sentences stand in one language."""
    return ROOT / folder / language / "LC_MESSAGES" / f"{domain}.po"


def read(path: Path, language: str) -> Catalog:
    """Return a catalogue as it is stored; an empty one where there is none."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as stored:
        return read_po(stored, locale=language)


def update() -> None:
    """Write every catalogue anew: new sentences empty, those that are gone left out, and compiled beside it."""
    templates = [(folder, "django", template) for folder, template in extracted().items()]
    for folder, domain, template in [*templates, (NEWSROOM, SCRIPTS, of_scripts())]:
        for language in LANGUAGES:
            path = po_file(folder, language, domain)
            catalogue = read(path, language)
            catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
            catalogue.obsolete.clear()
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as out:
                write_po(out, catalogue, width=120, sort_output=True, include_lineno=False)
            empty = sum(1 for message in catalogue if message.id and not all(_strings(message.string)))
            sys.stdout.write(f"{path.relative_to(ROOT)}: {len(catalogue)} sentences, {empty} to be translated\n")
    compile_all()


def compile_all() -> None:
    """Write the compiled twin of every catalogue."""
    for path in sorted(ROOT.glob("*/locale/*/LC_MESSAGES/*.po")) + sorted(
        ROOT.glob("site/*/locale/*/LC_MESSAGES/*.po")
    ):
        path.with_suffix(".mo").write_bytes(compiled(path))


def compiled(path: Path) -> bytes:
    """Return a catalogue as Django reads it."""
    out = BytesIO()
    write_mo(out, read(path, path.parts[-3]))
    return out.getvalue()


def _strings(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (str(string or ""),)


if __name__ == "__main__":
    django.setup()
    update()
