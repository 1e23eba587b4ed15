"""What feeds and digests tell of articles: since when readers can see it, in each list, and to nobody meanwhile."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from wagtail.models import PageViewRestriction

from research.models import ArticlePage, News, StudyNotice
from research.publishing import public_row
from research.publishing.lists import keeping
from research.record.topic_merging import merge
from research.review.signing import sign_text
from tests.factories import (
    NO_STAKE,
    ArticlePageFactory,
    StudyNoticeFactory,
    TopicFactory,
    correct,
    publish,
    reviewer_user,
    unpublish,
)

pytestmark = pytest.mark.django_db


def titles(url="/ms/"):
    return {item["title"] for item in Client().get(f"{url}feed.json").json()["items"]}


@pytest.fixture
def topic():
    return TopicFactory(name="Microglia", slug="microglia")


@pytest.fixture
def wrong(section, topic):
    """A public article that was corrected."""
    page = publish(ArticlePageFactory(parent=section, title="Wrong", topics=[topic]))
    correct(page, "It was 12 people.")
    return page


@pytest.fixture
def gone(section, topic):
    """A public article about a study that was retracted."""
    page = publish(ArticlePageFactory(parent=section, title="Gone", topics=[topic]))
    StudyNoticeFactory(study=page.study)
    return page


def test_each_has_a_row_for_every_list_of_its_article(section, topic, wrong, gone):
    lists = {"-", f"{section.pk}-", f"{section.pk}-{topic.pk}"}

    for rows in (News.objects.corrections(), News.objects.taken_back()):
        assert set(rows.values_list("place", flat=True)) == lists
        assert rows.count() == 3


def test_what_is_away_is_told_to_nobody_at_once_and_keeps_its_moment(wrong, gone, django_capture_on_commit_callbacks):
    before = set(News.objects.values_list("article", "place", "at"))
    assert {"Corrected: Wrong", "Retracted: Gone"} <= titles()
    with django_capture_on_commit_callbacks(execute=True):
        restricted = PageViewRestriction.objects.create(page=gone, restriction_type="login")
    unpublish(wrong)
    assert titles() == set()

    with django_capture_on_commit_callbacks(execute=True):
        restricted.delete()
    publish(wrong)

    assert titles() == {"Wrong", "Corrected: Wrong", "Retracted: Gone"}
    assert set(News.objects.values_list("article", "place", "at")) == before


def test_a_correction_whose_words_were_signed_anew_is_told_anew(wrong):
    (correction,) = wrong.corrections.all()
    before = News.objects.first().at
    correction.text = "<p>It was 13 people.</p>"
    correction.save()
    sign_text(correction, reviewer_user(), conflict_statement=NO_STAKE)

    assert {at > before for at in News.objects.values_list("at", flat=True)} == {True}


def test_a_correction_that_was_revoked_is_told_no_more(wrong, editor):
    (row,) = {news.text for news in News.objects.select_related("text")}
    line = public_row.SignOff.objects.standing(row.subject_uuid, row.digest)

    public_row.revoke(line, editor, "It was right.")

    assert titles() == {"Wrong"}
    assert not News.objects.exists()


def test_a_study_that_is_given_back_and_taken_back_again_is_told_again(gone):
    notice = gone.study.notices.get()
    first = News.objects.first().at
    StudyNoticeFactory(study=notice.study, kind=StudyNotice.Kind.REINSTATEMENT, date=notice.date)
    assert titles() == {"Gone"}
    assert not News.objects.exists()

    StudyNoticeFactory(study=notice.study, date=notice.date + timedelta(days=1))

    assert titles() == {"Retracted: Gone"}
    assert News.objects.first().at > first


def test_what_is_told_of_a_topic_goes_with_it_also_while_its_article_is_away(section, topic, wrong, editor):
    unpublish(wrong)
    survivor = TopicFactory(name="Glia", slug="glia")

    merge(survivor, topic, editor, "They are one.", timezone.now())
    publish(wrong)

    assert "Corrected: Wrong" in titles("/ms/topics/glia/")
    assert set(News.objects.values_list("place", flat=True)) == {"-", f"{section.pk}-", f"{section.pk}-{survivor.pk}"}


def test_what_nobody_is_told_is_put_right(wrong, gone):
    now = timezone.now()
    assert keeping.put_right(now) == 0
    News.objects.all().delete()

    assert keeping.put_right(now) == 2

    assert {"Corrected: Wrong", "Retracted: Gone"} <= titles()
    assert keeping.put_right(now) == 0


def test_a_study_that_is_taken_back_again_while_its_section_is_away_is_told_again(section, gone):
    notice, first = gone.study.notices.get(), News.objects.first().at
    type(section).objects.filter(pk=section.pk).update(live=False)
    StudyNoticeFactory(study=notice.study, kind=StudyNotice.Kind.REINSTATEMENT, date=notice.date)
    again = StudyNoticeFactory(study=notice.study, date=notice.date + timedelta(days=1))
    type(section).objects.filter(pk=section.pk).update(live=True)

    assert keeping.put_right(timezone.now()) == 1

    assert set(News.objects.values_list("notice", flat=True)) == {again.pk}
    assert News.objects.first().at > first
    assert keeping.put_right(timezone.now()) == 0


def test_a_moment_is_never_before_the_words_were_signed(wrong):
    (text,) = {news.text for news in News.objects.select_related("text")}
    type(text).objects.filter(pk=text.pk).update(signed_at=timezone.now() + timedelta(seconds=5))
    keeping.put_right(timezone.now())
    first = set(News.objects.values_list("at", flat=True))

    assert keeping.put_right(timezone.now()) == 0
    assert set(News.objects.values_list("at", flat=True)) == first


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_correction_that_is_signed_while_its_article_comes_back_is_told(section):
    page = publish(ArticlePageFactory(parent=section, title="Down and up"))
    unpublish(page)

    def sign():
        try:
            correct(page, "What was wrong.")
        finally:
            connection.close()

    signing = threading.Thread(target=sign)
    with transaction.atomic():
        row = public_row.publish_sealed(ArticlePage.objects.get(pk=page.pk))
        signing.start()
        signing.join(0.5)
        assert signing.is_alive(), "it waits for the article"
    signing.join(20)

    assert News.objects.of("-").filter(article=row).count() == 1
    assert "Corrected: Down and up" in titles()
