"""Merging and renaming topics: nothing is lost, and whoever knew the old name or address is sent on."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from common.outbox import deliver_due
from home.following.models import Follower
from research.audit import check_seals as verify
from research.editor.topics_widget import TopicsWidget
from research.models import ArticlePage, Listing, ListingCount, PublishedArticle, Topic, TopicAddress, TopicMerge
from research.record import topic_merging
from research.record.topic_merging import MayNotMerge, merge, preview
from research.review import contributions
from tests.factories import ArticlePageFactory, TopicFactory, publish, reviewer_user, sign_text_of, writer_user

pytestmark = pytest.mark.django_db

REASON = "Two names of one thing."


@pytest.fixture
def kept():
    return TopicFactory(name="Microglia", slug="microglia", definition="", synonyms="Glial cells", mesh_ui=None)


@pytest.fixture
def gone():
    return TopicFactory(
        name="Brain immune cells", slug="brain-immune-cells", definition="Cells.", synonyms="microglia\nGuards",
        mesh_ui="D017628",
    )  # fmt: skip


def merged(survivor, other, editor, reason=REASON):
    return merge(survivor, other, editor, reason, timezone.now())


def cards(client, address):
    page = BeautifulSoup(client.get(address).content, "html.parser").main
    return [title.get_text(strip=True) for title in page.find_all(class_="card-title")]


@pytest.fixture
def public(section, reviewer, kept, gone):
    """Two public articles: of the one that goes, and of both."""
    for title, topics in (("Other", [gone]), ("Both", [kept, gone])):
        publish(ArticlePageFactory(parent=section, title=title, slug=title.lower(), topics=topics), reviewer)


@pytest.fixture
def known(section, kept, gone):
    """The two topics as readers know them, by their definitions alone."""
    Topic.objects.filter(pk=kept.pk).update(definition="Cells of the brain.")
    kept.refresh_from_db()
    for topic in (kept, gone):
        sign_text_of(topic)


def test_all_that_readers_see_moves_and_every_audit_is_content(public, kept, gone, editor, client):
    merged(kept, gone, editor)

    for rest in ("", "feed/", "feed.json"):
        answer = client.get(f"/ms/topics/brain-immune-cells/{rest}")
        assert (answer.status_code, answer["Location"]) == (301, f"/ms/topics/microglia/{rest}")
        assert client.get(answer["Location"]).status_code == 200
    assert sorted(cards(client, "/ms/topics/microglia/")) == ["Both", "Other"]
    links = BeautifulSoup(client.get("/ms/both/").content, "html.parser").select("main a[href*='/topics/']")
    assert [link["href"] for link in links] == ["/ms/topics/microglia/"]
    assert sorted(cards(client, "/search/?q=guards")) == ["Both", "Other"]
    assert sorted(cards(client, "/search/?topic=brain-immune-cells")) == ["Both", "Other"]
    assert ListingCount.objects.get(topic=kept).articles == 2
    assert Listing.objects.filter(topic__isnull=False).count() == 2
    assert list(verify()) == []


def test_drafts_scheduled_and_older_versions_move(section, writer, kept, gone, editor):
    draft = ArticlePageFactory(parent=section, by=writer, topics=[gone, kept])
    draft.save_revision()

    merged(kept, gone, editor)

    again = ArticlePage.objects.get(pk=draft.pk)
    assert list(again.topics.all()) == [kept]
    assert list(again.get_latest_revision_as_object().topics.all()) == [kept]
    named = Revision.objects.filter(object_id=str(draft.pk)).values_list("content__topics", flat=True)
    assert {tuple(topics) for topics in named} == {(kept.pk,)}


def test_names_definition_and_descriptor_are_taken_over_where_they_are_wanting(kept, gone, editor, writer):
    contributions.record(gone.subject_uuid, writer)

    record = merged(kept, gone, editor).record

    kept.refresh_from_db()
    assert kept.all_names() == ["Microglia", "Glial cells", "Brain immune cells", "Guards"]
    assert (kept.definition, kept.mesh_ui) == ("Cells.", "D017628")
    assert contributions.has_contributed(writer, [kept.subject_uuid]), "whoever wrote the definition cannot sign it"
    assert (record["name"], record["slug"], record["synonyms"]) == (gone.name, gone.slug, gone.synonyms)


def test_followers_follow_the_topic_that_stays(section, kept, gone, editor):
    Follower.objects.create(email="a@example.org", section=section, topic=gone, asked_at=timezone.now())

    merged(kept, gone, editor)

    assert Follower.objects.get().topic == kept


def test_wider_and_narrower_topics_move_and_none_stands_above_itself(kept, gone, editor):
    wide, narrow, between = (TopicFactory(name=name) for name in ("Wide", "Narrow", "Between"))
    gone.parents.add(wide, between)
    gone.children.add(narrow)
    between.parents.add(kept)

    merged(kept, gone, editor)

    assert set(kept.parents.all()) == {wide}
    assert set(kept.children.all()) == {narrow, between}


def test_merged_twice_and_deleted_readers_are_sent_once_and_never_in_a_circle(known, kept, gone, editor, client):
    third = TopicFactory(name="Glia", slug="glia")
    sign_text_of(third)
    merged(kept, gone, editor)
    merged(third, kept, editor)

    for old in ("microglia", "brain-immune-cells"):
        assert client.get(f"/ms/topics/{old}/")["Location"] == "/ms/topics/glia/"
    assert list(TopicMerge.objects.values_list("survivor", flat=True)) == [third.pk] * 2
    with pytest.raises(PermissionDenied):
        Topic.objects.get(pk=third.pk).delete()


def test_a_topic_that_nobody_knew_leaves_no_address_and_may_be_deleted(section, kept, gone, editor, client):
    ArticlePageFactory(parent=section, topics=[gone])

    merged(kept, gone, editor)

    assert not TopicAddress.objects.exists()
    assert client.get("/ms/topics/brain-immune-cells/").status_code == 404
    kept.delete()
    assert TopicMerge.objects.get().survivor is None


def test_an_address_tells_nothing_of_a_topic_that_nobody_may_know(kept, gone, editor, client, section):
    sign_text_of(gone)
    merged(kept, gone, editor)

    assert TopicAddress.objects.get().topic == kept
    assert client.get("/ms/topics/brain-immune-cells/").status_code == 404


def test_a_former_address_is_nobody_elses(known, kept, gone, editor):
    merged(kept, gone, editor)

    with pytest.raises(ValidationError, match="“Microglia”"):
        Topic(name="Brain immune cells").full_clean()


@pytest.mark.parametrize(
    ("who", "reason", "refused"), [("writer", REASON, PermissionDenied), ("editor", " ", ValidationError)]
)
def test_only_editors_merge_and_say_why(kept, gone, editor, writer, who, reason, refused):
    with pytest.raises(refused):
        merged(kept, gone, {"writer": writer, "editor": editor}[who], reason)

    assert Topic.objects.count() == 2


def test_what_is_gone_or_the_same_is_not_merged(kept, gone, editor):
    merged(kept, gone, editor)

    for survivor, other in ((kept, gone), (gone, kept), (kept, kept)):
        with pytest.raises(MayNotMerge):
            merged(survivor, other, editor)


def test_stopped_in_the_middle_nothing_has_changed(known, kept, gone, editor, client, monkeypatch):
    monkeypatch.setattr(topic_merging.listing, "refile", lambda *given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        merged(kept, gone, editor)

    assert client.get("/ms/topics/brain-immune-cells/").status_code == 200
    assert list(verify()) == []


def test_a_form_that_was_open_meanwhile_keeps_its_topic_once(kept, gone, editor):
    key = gone.pk
    merged(kept, gone, editor)

    class Posted(dict):
        getlist = dict.get

    read = TopicsWidget().value_from_datadict(Posted(topics=[str(key), str(kept.pk), "x", "٣"]), {}, "topics")

    assert read == [str(kept.pk), "x", "٣"]


@pytest.mark.django_db(transaction=True)
def test_a_version_that_was_saved_meanwhile_is_filed_later_where_that_fails(section, kept, gone, editor, monkeypatch):
    ArticlePageFactory(parent=section, topics=[gone]).save_revision()
    key, filing = gone.pk, topic_merging._rewrite_revisions

    def fails_after_the_commit(*topics):
        if not connection.in_atomic_block:
            raise OperationalError("lock timeout")

    monkeypatch.setattr(topic_merging, "_rewrite_revisions", fails_after_the_commit)
    merged(kept, gone, editor)
    monkeypatch.setattr(topic_merging, "_rewrite_revisions", filing)
    assert list(topic_merging._revisions_with(key))

    deliver_due(timezone.now())

    assert not list(topic_merging._revisions_with(key))


def test_every_table_that_points_at_topics_is_moved_or_kept_by_its_owner():
    """A new one is moved without a word here; one that follows topics by itself is named."""
    moved = {model.__name__ for model, *_ in topic_merging._pointing_at(Topic(pk=0))}
    links = {field.model.__name__ for rel in Topic._meta.get_fields(include_hidden=True)
             if (field := getattr(rel, "field", None)) is not None and field.model._meta.auto_created}  # fmt: skip

    assert moved == {"Follower", "TopicAddress", "TopicMerge"}
    assert links == {"ArticlePage_topics", "PublishedArticle_topics", "Topic_parents"}


def test_more_articles_cost_no_more_than_their_receipts(section, reviewer, editor):
    pairs = [(TopicFactory(name=f"Kept {n}"), TopicFactory(name=f"Gone {n}")) for n in range(2)]
    cost = []
    for (survivor, other), number in zip(pairs, (1, 2), strict=True):
        for _ in range(number):
            publish(ArticlePageFactory(parent=section, topics=[other]), reviewer)
        with CaptureQueriesContext(connection) as asked:
            merged(survivor, other, editor)
        cost.append(len(asked))

    assert cost[1] - cost[0] <= 6, cost


# Renaming.


def renamed(topic, **values):
    for name, value in values.items():
        setattr(topic, name, value)
    topic.save()
    return Topic.objects.get(pk=topic.pk)


def test_another_name_keeps_the_old_one_as_a_synonym_and_the_address(known, kept, client):
    topic = renamed(kept, name="Microglial cells")

    assert topic.all_names() == ["Microglial cells", "Glial cells", "Microglia"]
    assert client.get("/ms/topics/microglia/").status_code == 200


def test_there_and_back_leaves_no_name_twice_and_no_circle(known, kept, client):
    renamed(kept, slug="glia", name="Glia")
    assert client.get("/ms/topics/microglia/")["Location"] == "/ms/topics/glia/"

    topic = renamed(kept, slug="microglia", name="Microglia")

    assert topic.all_names() == ["Microglia", "Glial cells", "Glia"]
    assert client.get("/ms/topics/microglia/").status_code == 200
    assert client.get("/ms/topics/glia/")["Location"] == "/ms/topics/microglia/"


def test_what_readers_never_knew_is_renamed_without_a_trace(kept):
    topic = renamed(kept, name="Glia", slug="glia")

    assert topic.all_names() == ["Glia", "Glial cells"]
    assert not TopicAddress.objects.exists()


def edit_form(topic, **values):
    given = {"name": topic.name, "slug": topic.slug, "definition": topic.definition, "synonyms": topic.synonyms,
             "mesh_ui": topic.mesh_ui or "", "parents": []}  # fmt: skip
    return given | values


@pytest.mark.parametrize("field", ["name", "slug"])
def test_a_known_name_or_address_is_changed_by_an_editor_who_confirms(known, kept, client, editor, field):
    address = f"/admin/research/topic/edit/{kept.pk}/"
    changed = edit_form(kept, **{field: "glia"})

    client.force_login(writer_user())
    assert b"An editor can change it" in client.post(address, changed).content
    client.force_login(editor)
    assert b"Tick this to rename it everywhere" in client.post(address, changed).content
    client.post(address, {**changed, "confirm_rename": "on"})

    assert getattr(Topic.objects.get(pk=kept.pk), field) == "glia"


# The screen.


def words_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").select_one("main").get_text(" ", strip=True).split())


def test_an_editor_sees_what_moves_and_merges(public, kept, gone, editor, client, section):
    Follower.objects.create(email="a@example.org", section=section, topic=gone, asked_at=timezone.now())
    client.force_login(editor)
    address = reverse("research_merge_topic", args=[gone.pk])
    assert address in client.get("/admin/research/topic/").content.decode()
    assert "Microglia" in words_of(client.get(address, {"q": "glial"})), "found by another name"

    shown = words_of(client.get(address, {"into": kept.pk}))
    for words in ("Public articles 2", "Followers 1", "Glial cells, Brain immune cells, Guards", "/topics/brain-"):
        assert words in shown
    assert "Say why" in words_of(client.post(f"{address}?into={kept.pk}", {"reason": ""}))
    done = words_of(client.post(f"{address}?into={kept.pk}", {"reason": REASON}, follow=True))

    assert "“Brain immune cells” is “Microglia” now" in done
    assert REASON in words_of(client.get(reverse("research_merge_topic", args=[kept.pk])))


def test_who_would_lose_a_signed_definition_is_told(kept, gone, editor, client):
    sign_text_of(gone)
    client.force_login(editor)

    shown = client.get(reverse("research_merge_topic", args=[gone.pk]), {"into": kept.pk})

    assert preview(kept, gone).loses_definition
    assert "Merge the other way round instead" in words_of(shown)


@pytest.mark.parametrize("into", ["abc", "-1", "٣", "9" * 30])
def test_odd_numbers_lead_back_to_the_choice(gone, editor, client, into):
    client.force_login(editor)

    assert client.get(reverse("research_merge_topic", args=[gone.pk]), {"into": into}, follow=True).status_code == 200


def test_others_find_neither_button_nor_screen(kept, gone, client):
    for user in (writer_user(), reviewer_user()):
        client.force_login(user)
        address = reverse("research_merge_topic", args=[gone.pk])
        assert address not in client.get("/admin/research/topic/").content.decode()
        assert client.post(f"{address}?into={kept.pk}", {"reason": REASON}).status_code in (302, 403)

    assert Topic.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_raced_merges_into_each_other_leave_one(section, reviewer, editor):
    one, other = TopicFactory(name="One"), TopicFactory(name="Other")
    article = publish(ArticlePageFactory(parent=section, topics=[one, other]), reviewer)
    barrier = Barrier(4)

    def work(number):
        barrier.wait()
        try:
            return merged(*((one, other) if number % 2 else (other, one)), editor)
        except (MayNotMerge, DatabaseError, IntegrityError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))

    assert sum(isinstance(result, TopicMerge) for result in done) == 1, done
    left = Topic.objects.get()
    row = PublishedArticle.objects.get(page=article)
    assert (list(row.topics.all()), list(row.page.topics.all())) == ([left], [left])
    assert TopicAddress.objects.get().topic == left
