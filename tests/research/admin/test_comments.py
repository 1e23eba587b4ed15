"""Comments beside the text: who may make one, where, and that it changes nothing else."""

import json

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import Comment, Revision

from common.models import OutboxMessage
from research.models import ArticlePage, Contribution
from research.newsroom import comments
from research.review import signing
from tests.factories import approve, edit, submit, writer_user
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def address(article):
    return reverse("research_comments", args=[article.pk])


def say(client, article, text="Say how many people.", path="summary", **more):
    return client.post(address(article), {"contentpath": path, "text": text}, **more)


def traces(article):
    latest = ArticlePage.objects.get(pk=article.pk).latest_revision_id
    lines = Contribution.objects.filter(subject_uuid=article.subject_uuid).count()
    return Revision.objects.for_instance(article).count(), latest, lines


def test_a_reviewers_comment_makes_no_version_and_no_contributor(client, article, writer, reviewer):
    state = submit(article, writer)
    before = traces(article)
    client.force_login(reviewer)

    say(client, article, "Of how many?", path=places(article)[-6].path)

    assert Comment.objects.get().user == reviewer
    assert traces(article) == before
    assert signing.reasons_not_to_sign(reviewer, article) == []
    approve(state, reviewer)


def places(article):
    return comments.places_of(article.get_latest_revision_as_object())


def test_every_field_and_every_block_is_a_place_that_wagtail_knows(article):
    draft = article.get_latest_revision_as_object()

    found = comments.places_of(draft)

    assert {"title", "summary", "key_takeaway", "study", "appraisals", "topics"} <= {place.path for place in found}
    assert len([place for place in found if place.path.startswith("body.")]) >= 3
    for place in found:
        assert Comment(contentpath=place.path).has_valid_contentpath(draft), place


def test_the_writer_finds_a_reviewers_comment_in_the_editor_and_saving_keeps_it(client, article, writer, reviewer):
    client.force_login(reviewer)
    say(client, article)
    client.force_login(writer)

    editor = BeautifulSoup(client.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).content, "html.parser")
    edit(article, writer, title="Another title")

    assert "Say how many people." in editor.select_one("#comments-data").text
    assert "1 open comment" in editor.select_one("[data-desk-strip]").text
    assert Comment.objects.get().text == "Say how many people."


@pytest.mark.parametrize("who", ["nobody", "other"])
def test_who_neither_reviews_nor_edits_says_nothing(client, article, who, django_user_model):
    client.force_login(writer_user() if who == "other" else django_user_model.objects.create_user("nobody"))

    answer = say(client, article, headers=SCRIPT)

    assert answer.status_code in (302, 403)
    assert not Comment.objects.exists()


@pytest.mark.parametrize("path", ["", "no_such_field", "body.gone.gone.html", "owner", "x" * 5000])
def test_a_place_that_is_not_there_is_refused_and_the_words_stay(client, article, reviewer, path):
    client.force_login(reviewer)

    answer = say(client, article, "My words.", path=path, headers=SCRIPT)

    assert answer.status_code == 400
    assert not Comment.objects.exists()
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.select_one("[role=alert]").text.strip()
    assert "My words." in page.select_one("#cs-comment-text").text


def test_an_empty_or_endless_comment_is_refused(client, article, reviewer):
    client.force_login(reviewer)

    for text in ("", "  ", "x" * (comments.LONGEST_COMMENT + 1)):
        assert say(client, article, text, headers=SCRIPT).status_code == 400
    assert not Comment.objects.exists()


def test_a_comment_is_answered_resolved_and_stays_readable(client, article, writer, reviewer):
    client.force_login(reviewer)
    say(client, article)
    comment = Comment.objects.get()
    client.force_login(writer)

    client.post(address(article), {"comment": comment.pk, "text": "Of 120."})
    client.post(address(article), {"comment": comment.pk, "act": "resolve", "text": ""})

    comment.refresh_from_db()
    assert comment.resolved_by == writer
    page = BeautifulSoup(client.get(address(article)).content, "html.parser")
    assert "No comment is open." in page.text
    resolved = page.select_one(".cs-comment--resolved").text
    assert "Say how many people." in resolved
    assert "Of 120." in resolved


def test_who_resolved_first_stays(article, writer, reviewer):
    comment = comments.add_comment(article, reviewer, "summary", "Once.")

    comments.resolve(comment, writer)
    comments.resolve(comment, reviewer)

    comment.refresh_from_db()
    assert comment.resolved_by == writer


def test_a_comment_of_another_article_is_not_touched_from_here(client, article, public_article, reviewer):
    other = comments.add_comment(article, reviewer, "summary", "Here.")
    client.force_login(reviewer)

    answer = client.post(address(article), {"comment": other.pk + 1, "act": "resolve"}, headers=SCRIPT)

    assert answer.status_code == 400


def test_the_review_desk_shows_open_comments_and_their_number(client, article, writer, reviewer):
    state = submit(article, writer)
    comments.add_comment(article, writer, "title", "Is this too strong?")
    client.force_login(reviewer)

    desk = client.get(reverse("research_reviews")).content.decode()
    screen = client.get(reverse("research_review", args=[state.pk])).content.decode()

    assert "1 open comment" in desk
    assert "Is this too strong?" in screen


def test_the_mail_of_a_return_says_how_many_comments_wait(article, writer, reviewer):
    state = submit(article, writer)
    comments.add_comment(article, reviewer, "title", "One.")
    comments.add_comment(article, reviewer, "summary", "Two.")

    state.reject(user=reviewer, comment="See the comments.")

    mail = OutboxMessage.objects.get(key=f"review-sent-back-{state.pk}")
    assert "2 comments stand beside the text." in mail.payload["body"]


def test_a_block_that_is_gone_leaves_its_comment_readable(client, article, writer):
    path = next(place.path for place in places(article) if place.path.startswith("body."))
    comments.add_comment(article, writer, path, "About a block.")
    edit(article, writer, body=[])
    client.force_login(writer)

    page = client.get(address(article)).content.decode()

    assert "About a block." in page
    assert str(comments.ELSEWHERE) in page


def test_a_form_of_the_editor_without_the_rows_of_comments_keeps_them(client, article, writer, reviewer):
    comments.add_comment(article, reviewer, "summary", "Stays.")
    client.force_login(writer)
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    posted = {name: value for name, value in editor_post(draft).items() if not name.startswith("comments-")}

    answer = client.post(reverse("wagtailadmin_pages:edit", args=[article.pk]), posted)

    assert answer.status_code == 302
    assert Comment.objects.get().text == "Stays."


def test_a_quote_is_marked_where_it_stands_in_a_rich_text(article, reviewer, writer):
    source = '<p data-block-key="one">First.</p><p data-block-key="two">Of <b>many</b> people.</p>'
    edit(article, writer, key_takeaway=source)
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()

    quoted = comments.add_comment(draft, reviewer, "key_takeaway", "How many?", quote="many people")
    about_all = comments.add_comment(draft, reviewer, "key_takeaway", "Short.")

    assert json.loads(Comment.objects.get(pk=quoted.pk).position) == [{"key": "two", "start": 3, "end": 14}]
    assert json.loads(Comment.objects.get(pk=about_all.pk).position) == [{"key": "one", "start": 0, "end": 6}]
