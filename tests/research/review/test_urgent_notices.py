import pytest
from django.urls import reverse
from django.utils import timezone

from research.content.canonical import digest_of
from research.models import ArticleNotice, NoticeWording
from research.review import contributions
from research.review.notice_wordings import READY_WORDINGS, create_ready_wordings
from research.review.signing import MayNotSign, canonical_text, sign_text

pytestmark = pytest.mark.django_db

NO_STAKE = "No stake in what this text says."


@pytest.fixture
def wording(db):
    return NoticeWording.objects.create(
        name="Being checked", heading="We are checking this article", text="<p>Please do not rely on it yet.</p>"
    )


def page_of(client, article):
    return client.get(f"/ms/{article.slug}/").content.decode()


def test_an_editor_puts_a_signed_wording_above_an_article_at_once(client, public_article, wording, reviewer, editor):
    sign_text(wording, reviewer, conflict_statement=NO_STAKE)
    client.force_login(editor)

    client.post(
        reverse("research_articlenotice_modeladmin_create"),
        {"article": public_article.pk, "wording": wording.pk, "removed_at": ""},
    )

    client.logout()
    page = page_of(client, public_article)
    assert page.index("We are checking this article") < page.index("<h1")


def test_an_unsigned_wording_is_not_offered_and_not_shown(client, public_article, wording, editor):
    client.force_login(editor)
    client.post(
        reverse("research_articlenotice_modeladmin_create"), {"article": public_article.pk, "wording": wording.pk}
    )
    assert not ArticleNotice.objects.exists()

    ArticleNotice.objects.create(article=public_article, wording=wording)

    assert "We are checking this article" not in page_of(client, public_article)


def test_readers_keep_the_signed_words_while_the_wording_is_rewritten(client, public_article, wording, reviewer):
    sign_text(wording, reviewer, conflict_statement=NO_STAKE)
    ArticleNotice.objects.create(article=public_article, wording=wording)

    NoticeWording.objects.update(text="<p>Nobody signed this.</p>")

    page = page_of(client, public_article)
    assert "Please do not rely on it yet." in page
    assert "Nobody signed this." not in page


def test_a_notice_taken_away_is_gone(client, public_article, wording, reviewer):
    sign_text(wording, reviewer, conflict_statement=NO_STAKE)
    ArticleNotice.objects.create(article=public_article, wording=wording, removed_at=timezone.now())

    assert "We are checking this article" not in page_of(client, public_article)


def test_who_wrote_a_wording_cannot_sign_it(wording, reviewer):
    contributions.record(wording.subject_uuid, reviewer)

    with pytest.raises(MayNotSign):
        sign_text(wording, reviewer, conflict_statement=NO_STAKE)


def test_the_ready_wordings_are_created_once():
    create_ready_wordings()

    assert len(create_ready_wordings()) == NoticeWording.objects.count() == len(READY_WORDINGS)


def test_a_reviewer_signs_a_wording_on_its_screen(client, wording, reviewer):
    client.force_login(reviewer)

    posted = {"stake": "none", "digest": digest_of(canonical_text(wording))}
    response = client.post(reverse("research_sign_text", args=["notice", wording.pk]), posted, follow=True)

    assert response.status_code == 200
    assert "countersigned" in response.content.decode()
