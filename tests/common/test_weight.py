"""What a page weighs on its way to a phone, in bytes and requests: time depends on the machine, these do not."""

import gzip
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.templatetags.static import static
from django.test import RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware

from home.models import SiteSettings
from research.trials.bench.guard import signed_long_article
from tests.factories import (
    ArticlePageFactory,
    HomePageFactory,
    InfoPageFactory,
    TopicFactory,
    TopicIndexPageFactory,
    publish,
)
from tests.factories.fixtures import small_artwork

FIRST_VIEW_BYTES = 150 * 1024
FONT_BYTES = 80_000
MOST_SHEETS, MOST_FONTS = 2, 2
#: A phone of today: so many pixels wide, of two or three dots, and of them a picture takes.
PHONE, SHOWN = 390, 351
PHONES = (2, 3)
ADDRESSES = (
    *("/", "/ms/", "/ms/topics/", "/ms/topics/cells/", "/search/", "/search/?q=microglia", "/follow/", "/corrections/"),
    *("/ms/read/", "/ms/read/made/", "/ms/read/report/", "/nowhere/"),
)
FONTS = Path(finders.find("site/fonts/README.md")).parent


@dataclass
class Parts(HTMLParser):
    """What a browser loads for a page: sheets and scripts that it waits for, the rest, and pictures in view."""

    blocking: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)
    sources: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and given["rel"] == "stylesheet":
            (self.beside if given.get("media") == "print" else self.blocking).append(given["href"])
        elif tag == "link" and given["rel"] in ("preload", "icon"):
            self.beside.append(given["href"])
        elif tag == "script" and "src" in given:
            (self.beside if {"defer", "async"} & set(given) else self.blocking).append(given["src"])
        elif tag == "picture":
            self.sources = []
        elif tag == "source":
            self.sources.append(given)
        elif tag == "img" and given.get("loading") != "lazy":
            self.pictures.append(self.sources[0] if self.sources else given)


def parts_of(page: bytes) -> Parts:
    found = Parts()
    found.feed(page.decode())
    return found


def bytes_of(address: str) -> int:
    """Return what a file of ours weighs on its way: text compressed."""
    content = Path(finders.find(address.removeprefix("/static/"))).read_bytes()
    return len(content) if address.endswith((".woff2", ".png")) else len(gzip.compress(content, 6))


def chosen(source: dict[str, str], dots: int) -> tuple[str, int]:
    """Return which file of a picture a phone chooses, the smallest that is wide enough, and how wide that is."""
    wanted = PHONE * percent_shown(source["sizes"], dots) / 100 * dots
    files = [(address, int(width.removesuffix("w"))) for address, width in map(str.split, source["srcset"].split(", "))]
    return next(file for file in files if file[1] >= wanted)


def percent_shown(sizes: str, dots: int) -> int:
    """Return what the sizes of a picture say to a phone, in hundredths of its width."""
    *others, last = sizes.split(", ")
    for condition, width in (size.rsplit(" ", 1) for size in others if "max-width" in size):
        if dots >= float(re.search(r"min-resolution: ([\d.]+)dppx", condition)[1]):
            return int(width.removesuffix("vw"))
    return int(last.removesuffix("vw"))


@pytest.fixture
def library(db):
    section = TopicIndexPageFactory(parent=HomePageFactory(), slug="ms")
    InfoPageFactory(title="Corrections", slug="corrections", lists_corrections=True)
    return section


def test_every_page_waits_for_two_style_sheets_at_most_and_for_no_script(client, library):
    """Whatever colour the publication has."""
    with small_artwork():
        publish(ArticlePageFactory(parent=library, slug="read", topics=[TopicFactory(name="Cells", slug="cells")]))
    settings = SiteSettings.objects.first() or SiteSettings()
    settings.colour = "#7a1f3d"
    settings.save()

    waited_for = {address: parts_of(client.get(address).content).blocking for address in ADDRESSES}

    assert {address: parts for address, parts in waited_for.items() if not 1 <= len(parts) <= MOST_SHEETS} == {}
    assert all(part.endswith(".css") for parts in waited_for.values() for part in parts)


def test_there_are_two_fonts_and_they_are_small():
    fonts = [path for path in FONTS.iterdir() if path.suffix in {".woff2", ".woff", ".ttf", ".otf"}]
    named = re.findall(r'url\("\.\./fonts/([^"]+)"\)', (FONTS.parent / "css" / "site.css").read_text())

    assert sorted(named) == sorted(font.name for font in fonts)
    assert len(fonts) <= MOST_FONTS
    assert sum(font.stat().st_size for font in fonts) < FONT_BYTES
    assert all((FONTS / f"{font.stem}-OFL.txt").is_file() for font in fonts), "a font goes with its licence"


@pytest.mark.parametrize("letters", ["äöüÄÖÜßẞ„“‚‘", "àâæçéèêëîïôœùûüÿÀÉÈÊÇŒ«»’", "≈≥≤µ−×±·°²", "αβγδκμχΔ"])
def test_the_letters_of_medical_texts_are_in_the_face_of_running_text(letters):
    assert set(letters) <= set((FONTS / "literata.txt").read_text())


def test_the_first_view_of_a_long_article_is_light_on_a_phone(client, library):
    article = signed_long_article()
    article.get_latest_revision().publish(skip_permission_checks=True)

    page = client.get(article.url, headers={"accept-encoding": "gzip"})

    parts = parts_of(gzip.decompress(page.content))
    files = sum(bytes_of(address) for address in [*parts.blocking, *parts.beside])
    [lead] = parts.pictures
    for dots in PHONES:
        picture = default_storage.size(chosen(lead, dots)[0].removeprefix("/media/"))
        assert len(page.content) + files + picture <= FIRST_VIEW_BYTES
    [lead] = parts_of(client.get("/").content).pictures
    for dots in PHONES:
        shown = SHOWN * min(dots, 2)
        assert shown <= chosen(lead, dots)[1] <= shown * 1.15, "the picture on the front has the width it is shown at"


def test_a_sheet_or_a_font_is_loaded_once_and_never_asked_for_again(settings, tmp_path):
    """As production serves them: under names made of their content."""
    backend = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}
    settings.STATIC_ROOT = str(tmp_path)
    names = ["site/css/site.css", *(f"site/fonts/{font.name}" for font in FONTS.glob("*.woff2"))]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(Path(finders.find(name)).read_bytes())
    list(staticfiles_storage.post_process({name: (staticfiles_storage, name) for name in names}))

    server = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))
    answers = {name: server(RequestFactory().get(static(name))) for name in names}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert all("immutable" in answer["Cache-Control"] for answer in answers.values())
    sheet = b"".join(answers["site/css/site.css"]).decode()
    assert all(Path(static(name)).name in sheet for name in names[1:]), "the sheet names the fonts as they are served"
