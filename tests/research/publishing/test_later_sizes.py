"""Sizes made after the signature: of the signed masters, with a receipt, and known to the audit."""

from contextlib import suppress
from io import StringIO

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from common.models import PictureMaster
from research.models import PublishedArticle, Receipt, SignOff
from research.publishing import pictures
from tests.factories import ArticlePageFactory, ImageFactory, blocks, publish

pytestmark = pytest.mark.django_db

ONE_MORE = 48


@pytest.fixture
def article(section, reviewer):
    page = ArticlePageFactory(
        parent=section,
        slug="pictures",
        lead_image=ImageFactory(file__width=1000, file__height=600),
        body=blocks.body(blocks.figure(ImageFactory(file__width=640, file__height=480, file__color="green"))),
    )
    return publish(page, reviewer)


def make() -> str:
    out = StringIO()
    call_command("make_picture_sizes", stdout=out)
    return out.getvalue()


def verify() -> str:
    out = StringIO()
    with suppress(SystemExit):
        call_command("verify_seals", stdout=out, stderr=out)
    return out.getvalue()


def widths_at(client) -> set[str]:
    page = BeautifulSoup(client.get("/ms/pictures/").content, "html.parser")
    return {part.split()[-1] for source in page.select("main source") for part in source["srcset"].split(",")}


def test_what_is_there_already_is_made_once(article):
    assert make() == "0 files for 0 articles.\n"


def test_a_new_width_comes_to_readers_without_a_new_signature(article, client, monkeypatch):
    monkeypatch.setattr(pictures, "WIDTHS", (*pictures.WIDTHS, ONE_MORE))
    before = PublishedArticle.objects.get().pictures

    said = make()

    after = PublishedArticle.objects.get().pictures
    assert "/ms/pictures/: 4 files" in said
    assert f"{ONE_MORE}w" in widths_at(client)
    assert SignOff.objects.count() == 1
    assert "is none that its signature lists" not in verify()
    assert "not the one" not in verify()
    for key, stored in before.items():
        assert stored["sha256"].items() <= after[key]["sha256"].items()
    assert make() == "0 files for 0 articles.\n"


def test_the_files_are_receipted(article, monkeypatch):
    monkeypatch.setattr(pictures, "WIDTHS", (*pictures.WIDTHS, ONE_MORE))

    make()

    receipt = Receipt.objects.get(event=Receipt.Event.PICTURES)
    stored = {name for entry in PublishedArticle.objects.get().pictures.values() for name in entry["sha256"]}
    assert len(receipt.fields) == 4
    assert set(receipt.fields) <= stored


@pytest.mark.by_hand
def test_a_file_that_no_signature_lists_is_found(article):
    row = PublishedArticle.objects.get()
    name = default_storage.save("artwork/other.jpg", ContentFile(b"another picture"))
    row.pictures["lead"] |= {"src": name, "sha256": {**row.pictures["lead"]["sha256"], name: "0" * 64}}
    PublishedArticle.objects.update(pictures=row.pictures)

    assert "is none that its signature lists" in verify()


def test_nothing_is_made_of_a_master_that_was_replaced(article, monkeypatch):
    monkeypatch.setattr(pictures, "WIDTHS", (*pictures.WIDTHS, ONE_MORE))
    master = PictureMaster.objects.filter(width=1000).get()
    default_storage.delete(master.file.name)
    default_storage.save(master.file.name, ContentFile(b"another picture"))

    with pytest.raises(CommandError, match="is not the one that was signed"):
        make()

    assert not Receipt.objects.filter(event=Receipt.Event.PICTURES).exists()
