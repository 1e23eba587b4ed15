"""Earlier versions may be looked up, never taken for the current one, and are gone where they must be."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from research.audit import check_seals
from research.models import PublishedArticle, PublishedVersion, SignOff
from research.publishing import versions
from research.publishing.public_row import revoke
from research.reading.made import version
from research.record.erasure import removing
from tests.factories import (
    ArticlePageFactory,
    StudyNoticeFactory,
    correct,
    edit,
    editor_user,
    publish,
    sign,
    unpublish,
)

pytestmark = pytest.mark.django_db

ARTICLE = "/ms/fewer-relapses/"
FIRST = f"{ARTICLE}versions/1/"
OLD, NEW = "Fewer people had a relapse.", "Somewhat fewer people had a relapse."


def again(article, reviewer=None, **values):
    """Put other words in the place of what is public, a while later."""
    edit(article, **values)
    return publish(article, reviewer, at=timezone.now() + timedelta(minutes=PublishedVersion.objects.count()))


@pytest.fixture
def changed(public_article, reviewer):
    """An article whose summary was replaced once."""
    return again(public_article, reviewer, summary=NEW)


def main(client, address):
    response = client.get(address)
    return response.status_code, BeautifulSoup(response.content, "html.parser").main


def said(client, address):
    return " ".join(main(client, address)[1].get_text(" ").split())


def test_a_release_keeps_what_was_public(changed):
    first, second = PublishedVersion.objects.all()

    assert (first.number, second.number) == (1, 2)
    assert second.changed == ["Summary"]
    assert first.replaced_at == second.published_at
    assert second.replaced_at is None
    assert PublishedArticle.objects.get().version == 2
    assert [problem for problem in check_seals() if problem.weight == "broken"] == []


def test_the_same_words_signed_again_are_no_new_version(public_article, reviewer):
    line = SignOff.objects.filter(subject_uuid=public_article.subject_uuid).last()
    publish(public_article, reviewer)

    (version,) = PublishedVersion.objects.all()

    assert version.sign_off.sequence > line.sequence
    assert version.number == 1


def test_an_earlier_version_opens_with_out_of_date_and_the_way_to_the_current_one(client, changed):
    status, page = main(client, FIRST)

    assert status == 200
    first = page.find(string=lambda text: text.strip())
    assert "Out of date" in first
    assert "read the current summary" in first
    assert page.select_one(".out-of-date a.button")["href"] == ARTICLE
    assert OLD in page.get_text()
    assert page.find("h1").get_text() == "Fewer relapses"


def test_search_engines_are_told_to_leave_it_out(client, changed):
    head = BeautifulSoup(client.get(FIRST).content, "html.parser").head

    assert head.find("meta", attrs={"name": "robots"})["content"] == "noindex"
    assert head.find("link", rel="canonical") is None
    assert head.find("script", type="application/ld+json") is None
    sitemap = client.get("/sitemap-articles-1.xml").content.decode()
    assert f"{ARTICLE}made/" in sitemap
    assert "versions" not in sitemap


def test_versions_are_linked_both_ways(client, changed):
    made = {link["href"] for link in main(client, f"{ARTICLE}made/")[1].select("#versions a")}
    back = {link["href"] for link in main(client, FIRST)[1].select("a")}
    article = {link["href"] for link in main(client, ARTICLE)[1].select("a")}

    assert {ARTICLE, FIRST, f"{FIRST}#changes"} <= made
    assert {ARTICLE, f"{ARTICLE}made/", f"{ARTICLE}made/#versions"} <= back
    assert f"{ARTICLE}made/#versions" in article


def test_the_current_version_has_the_address_of_the_article(client, changed):
    response = client.get(f"{ARTICLE}versions/2/")

    assert (response.status_code, response["Location"]) == (302, ARTICLE)


@pytest.mark.parametrize("number", ["0", "3", "999999999999999999"])
def test_a_version_that_never_was_is_not_found(client, changed, number):
    assert client.get(f"{ARTICLE}versions/{number}/").status_code == 404


def test_what_came_next_is_marked_word_by_word(client, changed):
    changes = main(client, FIRST)[1].select_one("#changes")

    assert changes.select_one("h3").get_text() == "Summary"
    assert changes.select_one(".change del").get_text() == "Fewer"
    assert changes.select_one(".change ins").get_text() == "Somewhat fewer"


def test_words_that_never_change_are_compared_once(client, changed, monkeypatch):
    cache.clear()
    before = said(client, FIRST)
    monkeypatch.setattr(version, "changed_parts", lambda *_: pytest.fail("compared again"))

    assert said(client, FIRST) == before


def test_a_retraction_stands_on_an_earlier_version_too(client, changed):
    StudyNoticeFactory(study=changed.study, kind="retraction")

    status, page = main(client, FIRST)

    assert status == 200
    assert page.select_one(".notice-retraction")
    assert "No rating: the study was retracted" in page.get_text()


def test_a_version_that_a_correction_came_before_says_so(client, public_article, reviewer):
    correct(public_article, "A word was wrong.")

    again(public_article, reviewer, summary=NEW)

    assert "A mistake was corrected. Changed: Summary." in said(client, f"{ARTICLE}made/")
    assert "A word was wrong." in said(client, FIRST)


def test_a_version_signed_in_knowledge_of_a_notice_says_so(public_article, reviewer):
    StudyNoticeFactory(study=public_article.study, kind="correction")

    again(public_article, reviewer, summary=NEW)

    assert PublishedVersion.objects.last().reason == "study"


def withheld(client):
    """Return True where the first version is a stone, and its words are nowhere."""
    status, page = main(client, FIRST)
    others = [said(client, address) for address in (f"{ARTICLE}made/", ARTICLE)]
    data = client.get(f"{ARTICLE}made.json").content.decode()
    return status == 410 and not any(OLD in words for words in (page.get_text(), *others, data))


def test_a_version_withheld_for_safety_is_a_stone(client, changed, editor):
    assert versions.withhold_for_safety(PublishedVersion.objects.first(), editor)

    assert withheld(client)
    assert "could have led to harm" in said(client, FIRST)
    assert "could have led to harm" in said(client, f"{ARTICLE}made/")
    assert not versions.withhold_for_safety(PublishedVersion.objects.first(), editor)


def test_what_is_public_now_is_withheld_from_the_moment_that_it_is_replaced(client, public_article, reviewer, editor):
    versions.withhold_for_safety(PublishedVersion.objects.get(), editor)
    assert client.get(ARTICLE).status_code == 200

    again(public_article, reviewer, summary=NEW)

    assert withheld(client)


def test_a_revoked_version_is_a_stone(client, changed, editor):
    revoke(SignOff.objects.filter(subject_uuid=changed.subject_uuid).first(), editor, "A number is wrong.")

    assert client.get(ARTICLE).status_code == 200
    assert withheld(client)
    assert "signature of its words was revoked" in said(client, FIRST)


def test_a_version_that_was_taken_down_is_a_stone_once_others_are_public(client, public_article, reviewer, editor):
    unpublish(public_article, editor)

    again(public_article, reviewer, summary=NEW)

    assert withheld(client)
    assert "taken down while it was public" in said(client, FIRST)


def test_the_same_words_are_no_stone_when_they_are_public_again(client, public_article, reviewer, editor):
    unpublish(public_article, editor)
    publish(public_article, reviewer)

    again(public_article, reviewer, summary=NEW)

    assert main(client, FIRST)[0] == 200


def test_words_removed_from_the_record_are_a_stone(client, changed, editor, admin):
    asked = removing.ask(PublishedVersion.objects.first().digest, "A court ordered it.", editor)

    removing.remove(asked, admin)

    assert withheld(client)
    assert "removed from our record" in said(client, FIRST)
    assert "A court" not in said(client, FIRST)


def test_the_changes_never_show_the_words_of_a_stone(client, changed, reviewer, editor):
    again(changed, reviewer, summary="Nobody knows.")
    assert "Somewhat" in said(client, FIRST)
    versions.withhold_for_safety(PublishedVersion.objects.get(number=2), editor)

    words = said(client, FIRST)

    assert "Somewhat" not in words
    assert "neither is the comparison" in words
    assert f"{FIRST}#changes" not in client.get(f"{ARTICLE}made/").content.decode()


def test_with_the_article_its_versions_are_gone(client, changed, editor):
    unpublish(changed, editor)

    response = client.get(FIRST)

    assert response.status_code == 410
    assert OLD not in response.content.decode()
    assert "Fewer relapses" not in response.content.decode()


def test_signed_words_that_were_never_public_are_no_version(client, changed, reviewer):
    edit(changed, summary="Signed, and not yet public.")
    sign(changed, reviewer)

    assert client.get(f"{ARTICLE}versions/3/").status_code == 404
    assert "not yet public" not in client.get(f"{ARTICLE}made/").content.decode()


def test_only_editors_withhold_or_say_why(changed, writer, reviewer):
    first = PublishedVersion.objects.first()

    for user in (writer, reviewer):
        with pytest.raises(PermissionDenied):
            versions.withhold_for_safety(first, user)
        with pytest.raises(PermissionDenied):
            versions.say_why(first, "clearer", user)


def test_the_database_refuses_to_change_or_delete_a_version(changed):
    for change in (
        lambda: PublishedVersion.objects.update(digest="0" * 64),
        lambda: PublishedVersion.objects.update(published_at=timezone.now()),
        lambda: PublishedVersion.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# The screen


def screen(client, article):
    return reverse("research_versions", args=[article.pk])


@pytest.mark.parametrize(("who", "status"), [("writer", 302), ("reviewer", 302), ("editor", 200)])
def test_editors_alone_open_the_screen(client, changed, request, who, status):
    client.force_login(request.getfixturevalue(who))

    assert client.get(screen(client, changed)).status_code == status


def test_an_editor_says_why_and_withholds_on_the_screen(client, changed):
    client.force_login(editor_user())

    client.post(screen(client, changed), {"number": 2, "reason": "clearer"})
    client.post(screen(client, changed), {"number": 1, "withhold": "on"})
    refused = client.post(screen(client, changed), {"number": 2, "reason": "because"})

    assert refused.status_code == 400
    assert list(PublishedVersion.objects.values_list("reason", "withheld")) == [("", "safety"), ("clearer", "")]
    client.logout()
    assert "It was said more clearly." in said(client, f"{ARTICLE}made/")


def test_what_was_never_public_has_no_screen(client, article):
    client.force_login(editor_user())

    assert client.get(screen(client, ArticlePageFactory())).status_code == 404


def test_a_post_by_somebody_else_changes_nothing(client, changed, writer):
    client.force_login(writer)

    client.post(screen(client, changed), {"number": 1, "withhold": "on"})

    assert not PublishedVersion.objects.exclude(withheld="").exists()
