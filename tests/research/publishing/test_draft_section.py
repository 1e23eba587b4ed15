"""No article is public in a section that is not."""

import pytest
from django.utils import timezone

from research.models import PublishedArticle, Release
from research.publishing import planning
from research.review.guard import Reason, refusals_for
from tests.factories import schedule, sign

pytestmark = pytest.mark.django_db

ADDRESSES = ["/ms/fewer-relapses/", "/ms/fewer-relapses/made.json", "/ms/"]


def answers(client):
    return [client.get(address).status_code for address in ADDRESSES]


def test_a_section_that_is_taken_down_takes_its_articles_with_it(client, section, public_article):
    assert answers(client) == [200] * 3

    section.unpublish()

    assert answers(client) == [404] * 3
    assert not PublishedArticle.objects.public_now(timezone.now()).exists()
    assert not PublishedArticle.objects.listable(timezone.now()).exists()
    assert "Fewer relapses" not in client.get("/search/?q=relapses").content.decode()
    assert "/ms/fewer-relapses/" not in client.get("/sitemap.xml").content.decode()


def test_they_come_back_with_it(client, section, public_article):
    section.unpublish()

    section.save_revision().publish()

    assert answers(client) == [200] * 3


def test_nothing_is_published_into_a_section_that_is_a_draft(section, article, reviewer):
    section.unpublish()

    line = sign(article, reviewer)
    release = planning.release_soon(article.get_latest_revision(), digest=line.digest)

    assert release.state == Release.State.HELD
    assert "Publish the section first" in release.reason


def test_what_was_planned_before_is_held_with_its_signature(section, article, reviewer):
    release = schedule(article, reviewer)
    section.unpublish()

    planning.run_due(timezone.now())

    release.refresh_from_db()
    assert release.state == Release.State.HELD
    assert [refusal.reason for refusal in refusals_for(article)] == [Reason.SECTION]
    section.save_revision().publish()
    assert refusals_for(article) == []
