import hashlib
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image as PillowImage

from common.models import Image, PictureMaster
from research.content.article import content_of
from research.content.stored import read_canonical
from research.models import ArticlePage, PublishedArticle, Release, Submission
from research.publishing.pictures import PictureChanged, pictures_of
from research.publishing.planning import run_due
from tests.factories import (
    AppraisalFactory,
    ArticlePageFactory,
    ImageFactory,
    PersonFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    blocks,
    edit,
    publish,
    schedule,
    sign,
    unpublish,
)

pytestmark = pytest.mark.django_db


def row_of(page):
    return PublishedArticle.objects.get(page_id=page.pk)


def test_readers_get_the_content_that_was_signed(article):
    line = sign(article)

    row = row_of(publish(article))

    assert row.content == line.content
    assert row.digest == line.digest
    assert read_canonical(row.content).title == row.title


def test_the_row_carries_what_cards_and_search_need(section):
    topic = TopicFactory(name="Microglia", synonyms="brain macrophages")
    page = ArticlePageFactory(
        parent=section,
        topics=[topic],
        authors=[PersonFactory(name="Ana Ruiz"), PersonFactory(name="Bo Li")],
        appraisals=[AppraisalFactory.build(people=53, population="people_marker")],
    )

    row = row_of(publish(page))

    assert row.address == f"/ms/{page.slug}/"
    assert row.authors == ["Ana Ruiz", "Bo Li"]
    assert row.topics_text == "Microglia brain macrophages"
    assert list(row.topics.all()) == [topic]
    assert (row.credibility, row.credibility_word, row.interest) == (3, "Moderate", 3)
    assert row.labels == ["Peer reviewed", "Randomised trial", "People"]


def test_an_article_without_a_picture_gets_an_artwork_once(public_article):
    first = row_of(public_article).pictures["lead"]
    edit(public_article, title="Other words")

    second = row_of(publish(public_article)).pictures["lead"]

    assert first["artwork"] is True
    assert second == first


def test_pictures_are_made_when_the_article_is_released(section):
    lead, inside = ImageFactory(), ImageFactory()
    page = ArticlePageFactory(parent=section, lead_image=lead, body=blocks.body(blocks.figure(inside)))

    pictures = row_of(publish(page)).pictures

    assert set(pictures) == {"lead", inside.master_id}
    for stored in pictures.values():
        assert {source["mime"] for source in stored["sources"]} == {"image/avif", "image/webp"}
        assert stored["width"] > 0
        assert stored["height"] > 0
    assert Image.objects.count() == 2


def test_the_first_day_of_publication_stays(public_article):
    first = row_of(public_article).published_at
    edit(public_article, title="Other words")

    row = row_of(publish(public_article, at=timezone.now() + timedelta(days=30)))

    assert row.published_at == first
    assert row.updated_at > first


def test_the_same_words_signed_again_keep_their_date_and_gain_a_review(public_article):
    before = row_of(public_article)

    publish(public_article)

    after = row_of(public_article)
    assert (after.digest, after.content, after.updated_at) == (before.digest, before.content, before.updated_at)
    assert after.sign_off_id > before.sign_off_id
    assert after.reviewed_at > before.reviewed_at


def test_a_save_without_a_change_touches_nothing_readers_see(public_article):
    before = row_of(public_article)

    public_article.save()

    after = row_of(public_article)
    assert (after.sign_off_id, after.updated_at, after.pictures) == (
        before.sign_off_id,
        before.updated_at,
        before.pictures,
    )


def test_the_dates_of_review_follow_the_signature(public_article):
    row = row_of(public_article)

    assert row.reviewed_at == row.sign_off.signed_at
    assert row.review_due_at == row.sign_off.valid_until
    assert row.listable_until > row.review_due_at


def test_new_topics_reach_readers_without_a_new_signature(public_article):
    topic = TopicFactory(name="Brand new")

    page = edit(public_article, topics=[topic])
    page.get_latest_revision().publish(skip_permission_checks=True)

    row = row_of(public_article)
    assert list(row.topics.all()) == [topic]
    assert row.topics_text == "Brand new"


def test_a_withdrawn_article_keeps_its_record(public_article):
    unpublish(public_article)

    row = row_of(public_article)

    assert row.withdrawn_at is not None
    assert not PublishedArticle.objects.public_now(timezone.now()).exists()


def test_taking_down_twice_keeps_the_first_time(public_article):
    unpublish(public_article)
    first = row_of(public_article).withdrawn_at

    ArticlePage.objects.get(pk=public_article.pk).save()

    assert row_of(public_article).withdrawn_at == first


def test_an_article_that_goes_up_again_has_its_address_back(public_article):
    unpublish(public_article)

    publish(public_article)

    assert row_of(public_article).withdrawn_at is None


def test_a_public_article_keeps_its_section_and_its_address(public_article):
    """The condition is part of what was signed."""
    other = TopicIndexPageFactory(slug="als", title="ALS")

    with pytest.raises(PermissionDenied, match="signed again there"):
        ArticlePage.objects.get(pk=public_article.pk).move(other, pos="last-child")

    assert row_of(public_article).address == "/ms/fewer-relapses/"


def test_addresses_follow_the_sections_slug(public_article, section, django_capture_on_commit_callbacks):
    section.slug = "multiple-sclerosis"
    with django_capture_on_commit_callbacks(execute=True):
        section.save_revision().publish()

    assert row_of(public_article).address == "/multiple-sclerosis/fewer-relapses/"
    assert Client().get("/multiple-sclerosis/fewer-relapses/").status_code == 200


def test_the_address_follows_the_articles_slug(public_article):
    edit(public_article, slug="new-slug").get_latest_revision().publish(skip_permission_checks=True)

    assert row_of(public_article).address == "/ms/new-slug/"


def test_public_and_listable_are_two_things(public_article, settings):
    now = timezone.now()
    rows = PublishedArticle.objects
    overdue = now + timedelta(days=settings.REVIEW_VALID_DAYS + 1)
    long_overdue = overdue + timedelta(days=180)

    assert rows.listable(now).exists()
    assert rows.listable(overdue).exists()
    assert not rows.listable(long_overdue).exists()
    assert rows.public_now(long_overdue).exists()


@pytest.mark.parametrize("kind", ["retraction", "withdrawal", "removal"])
def test_a_retracted_study_leaves_the_lists_and_keeps_its_address(public_article, kind):
    StudyNoticeFactory(study=public_article.study, kind=kind)

    now = timezone.now()
    assert PublishedArticle.objects.public_now(now).exists()
    assert not PublishedArticle.objects.listable(now).exists()


def test_a_private_section_hides_its_articles(public_article, section):
    section.view_restrictions.create(restriction_type="login")

    assert not PublishedArticle.objects.public_now(timezone.now()).exists()


def test_a_revision_under_signature_is_never_overwritten(article, writer):
    schedule(article)
    page = ArticlePage.objects.get(pk=article.pk)
    bound = page.get_latest_revision()
    words = dict(bound.content)

    page.title = "Autosaved"
    page.save_revision(user=writer, overwrite_revision=bound)

    bound.refresh_from_db()
    assert bound.content == words
    assert page.latest_revision_id != bound.pk


def test_readers_keep_the_signed_picture_when_the_librarys_file_is_replaced_or_deleted(section, reviewer):
    image = ImageFactory()
    page = publish(ArticlePageFactory(body=blocks.body(blocks.figure(image))), reviewer)
    shown = row_of(page).pictures[image.master_id]

    image.renditions.all().delete()
    image.file.delete(save=False)

    assert default_storage.exists(shown["src"])


def test_a_file_that_is_written_over_in_the_library_changes_nothing_that_was_signed(section, reviewer):
    image = ImageFactory()
    page = ArticlePageFactory(body=blocks.body(blocks.figure(image)))
    release = schedule(page, reviewer)
    frozen = Submission.objects.get().pictures
    with default_storage.open(image.file.name, "wb") as file:
        file.write(b"not the picture that was signed")

    run_due(timezone.now())

    release.refresh_from_db()
    assert release.state == Release.State.DONE
    assert row_of(page).pictures == frozen


@pytest.mark.parametrize("words", [b"not the picture that was signed", None])
def test_sizes_are_made_only_of_the_master_that_the_words_name(section, words):
    image = ImageFactory()
    content = content_of(ArticlePageFactory(lead_image=image))
    master = PictureMaster.objects.get()
    if words is None:
        default_storage.delete(master.file.name)
    else:
        with default_storage.open(master.file.name, "wb") as file:
            file.write(words)

    with pytest.raises(PictureChanged):
        pictures_of(content)


def test_the_same_picture_uploaded_twice_has_one_master(section):
    first, second = ImageFactory(file__color="red"), ImageFactory(file__color="red")

    assert first.master_id == second.master_id
    assert PictureMaster.objects.count() == 1


def test_a_master_has_nothing_of_the_file_but_its_picture(section):
    """What a camera writes into a file, such as the place, is not in what readers are given."""
    buffer = io.BytesIO()
    exif = PillowImage.Exif()
    exif[0x010E] = "taken at home"
    PillowImage.new("RGB", (40, 30), "red").save(buffer, format="JPEG", exif=exif, comment=b"taken at home")
    image = ImageFactory(file=ContentFile(buffer.getvalue(), name="photo.jpg"))

    with image.master.file.open() as file:
        written = file.read()

    assert b"taken at home" in buffer.getvalue()
    assert b"taken at home" not in written
    assert hashlib.sha256(written).hexdigest() == image.master_id


def test_what_search_reads_is_taken_from_the_signed_line_word_for_word(section, reviewer):
    page = publish(ArticlePageFactory(body=blocks.body(blocks.numbers(), blocks.quote())), reviewer)

    row = row_of(page)
    assert row.search_text == read_canonical(row.content).plain_text
