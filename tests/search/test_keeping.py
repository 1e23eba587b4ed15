"""An article is found from the moment it is public, and not a moment longer."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from research.models import PublishedArticle
from research.publishing import planning, public_row
from research.publishing.lists import keeping as lists
from search import keeping
from search.engines import Query, engine
from search.models import KnownWord, SearchEntry, TopicPhrase
from search.queries import answer
from search.suggestions import suggestions
from tests.factories import (
    ArticlePageFactory,
    StudyNoticeFactory,
    TopicFactory,
    edit,
    editor_user,
    publish,
    schedule,
    unpublish,
)

pytestmark = pytest.mark.django_db


def found(query="zorbulin"):
    rows = answer(query, timezone.now(), chosen={}, order="best", start=0, length=12).rows
    offered = [told["title"] for told in suggestions("zorb", timezone.now()) if told["kind"] == "Article"]
    assert offered == [row.title for row in rows]
    return [row.title for row in rows]


def held():
    """What the database's own table holds, whatever the entries say."""
    return engine().find(Query(groups=((("zorbulin",),),)), timezone.now()).article_ids


@pytest.fixture
def article(section):
    return ArticlePageFactory(parent=section, title="Zorbulin", topics=[TopicFactory(name="Microglia")])


def test_an_embargoed_article_is_found_from_its_moment_on(article):
    moment = timezone.now() + timedelta(days=2)
    edit(article, go_live_at=moment, embargo_until=moment)
    schedule(article)

    with time_machine.travel(moment - timedelta(seconds=1), tick=False):
        planning.run_due(timezone.now())
        assert found() == []
    with time_machine.travel(moment + timedelta(seconds=1), tick=False):
        planning.run_due(timezone.now())
        assert found() == ["Zorbulin"]


def test_what_is_taken_down_is_gone_at_once(article):
    publish(article)
    assert found() == ["Zorbulin"]

    unpublish(article)

    assert (found(), held(), SearchEntry.objects.count()) == ([], [], 0)


def test_what_a_revocation_takes_down_is_gone_at_once(article, django_capture_on_commit_callbacks):
    publish(article)

    public_row.revoke(PublishedArticle.objects.get().sign_off, editor_user(), "A wrong figure.")

    assert (found(), held()) == ([], [])


def test_what_becomes_private_is_gone_at_once_and_comes_back(article, section):
    publish(article)

    restriction = section.view_restrictions.create(restriction_type="login")
    assert (found(), held()) == ([], [])

    restriction.delete()
    assert found() == ["Zorbulin"]


def test_what_expires_is_not_found_before_anything_runs(article):
    publish(article)
    now = timezone.now()
    SearchEntry.objects.update(until=now + timedelta(minutes=1))

    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        assert held() == []


def test_new_words_take_the_place_of_the_old(article):
    publish(article)
    edit(article, title="Marmalade")
    publish(article)

    assert [row.title for row in answer("marmalade", timezone.now(), chosen={}, order="best", start=0, length=9).rows]
    assert held() == []


def test_a_notice_takes_the_rating_out_of_what_is_counted(article):
    publish(article)
    assert SearchEntry.objects.get().credibility > 0

    StudyNoticeFactory(study=article.study)

    entry = SearchEntry.objects.get()
    assert entry.credibility == 0
    assert entry.marks.startswith("||0|")
    assert found() == ["Zorbulin"]


def test_a_topic_is_known_by_the_names_it_has_now():
    topic = TopicFactory(name="Relapsing-remitting MS", synonyms="RRMS")
    topic.synonyms = "RR-MS\n"
    topic.save()

    assert set(TopicPhrase.objects.values_list("typed", flat=True)) == {"relapsing remitting ms", "rr ms"}


def test_the_daily_count_mends_the_index(article):
    publish(article)
    other = ArticlePageFactory(title="Other")
    publish(other)
    engine().remove([PublishedArticle.objects.get(title="Zorbulin").pk])
    SearchEntry.objects.filter(article__title="Zorbulin").delete()
    KnownWord.objects.create(word="unheard")

    lists.count_anew(timezone.now())

    assert found() == ["Zorbulin"]
    assert not KnownWord.objects.filter(word="unheard").exists()


def test_the_command_reads_everything_again(article, capsys):
    publish(article)
    SearchEntry.objects.all().delete()

    call_command("index_search")

    assert found() == ["Zorbulin"]
    assert "1 article can be found" in capsys.readouterr().out


def test_following_twice_changes_nothing(article):
    publish(article)
    before = list(SearchEntry.objects.values())

    assert keeping.put_rows(PublishedArticle.objects.all(), timezone.now()) == 0
    assert list(SearchEntry.objects.values()) == before
