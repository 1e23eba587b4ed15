"""What is signed and kept does not depend on the language that its reviewer reads the newsroom in."""

import pytest
from django.urls import reverse
from django.utils.translation import override
from wagtail.users.models import UserProfile

from research.admin.reviewing.forms import STAKE_CHOICES
from research.models import SignOff, StudyNotice
from research.record.consequences import react
from research.review.questions import REVIEW_QUESTIONS
from tests.factories import ArticlePageFactory, StudyNoticeFactory, digest_of_draft, submit
from tests.research.review.test_frozen import countersign, form_of, screen

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Ihre Prüfung"), ("fr", "Votre relecture"), ("en-gb", "Your review")]
)
def test_an_article_signed_in_any_language_has_the_same_line(client, section, writer, reviewer, language, said):
    article = ArticlePageFactory(parent=section, by=writer)
    digest = digest_of_draft(article)
    state = submit(article, writer)
    UserProfile.objects.update_or_create(user=reviewer, defaults={"preferred_language": language})
    client.force_login(reviewer)

    opened = screen(client, state)
    countersign(client, state, form_of(opened))

    assert said in opened.content.decode()
    line = SignOff.objects.get()
    assert line.digest == digest
    asked = {answer["key"]: answer["asked"] for answer in line.answers}  # those of the form, and ticks of claims
    assert {each.key: each.asks for each in REVIEW_QUESTIONS}.items() <= asked.items()
    assert line.conflict_statement == dict(STAKE_CHOICES)["none"]


@pytest.mark.parametrize("language", ["de", "fr"])
def test_what_a_notice_leaves_on_record_is_said_as_in_the_code(public_article, language):
    with override(language):
        notice = StudyNoticeFactory(study=public_article.study, kind=StudyNotice.Kind.CORRECTION)
        react(notice)
        named = str(notice)

    public_article.refresh_from_db()
    assert named.startswith("Correction: ")
    assert public_article.review_clock.reason.startswith("Correction of ")


def test_the_screens_of_reviews_say_questions_in_the_language_of_the_reader(client, section, writer, reviewer):
    state = submit(ArticlePageFactory(parent=section, by=writer), writer)
    UserProfile.objects.update_or_create(user=reviewer, defaults={"preferred_language": "de"})
    client.force_login(reviewer)

    page = client.get(reverse("research_review", args=[state.pk])).content.decode()

    assert "Haben Sie die Studie selbst gelesen" in page
    assert REVIEW_QUESTIONS[0].asks not in page
