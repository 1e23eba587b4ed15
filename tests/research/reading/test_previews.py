import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from research.models import ArticlePage, PreviewLink
from research.reading import previews
from tests.factories import (
    ArticlePageFactory,
    ImageFactory,
    StudyNoticeFactory,
    TopicFactory,
    blocks,
    edit,
    sign,
    submit,
)
from tests.factories.previews import share

pytestmark = pytest.mark.django_db

SOON = timedelta(days=3)


def words_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_the_page_shows_the_version_and_says_what_it_is(client, article, writer):
    _, address = share(article, writer, label="press office of Brain")

    response = client.get(address)

    words = words_of(response)
    assert response.status_code == 200
    assert "Fewer relapses" in words
    assert "Prepared for: press office of Brain" in words
    assert "have not been countersigned" in words
    assert response.content.decode().count('data-words="Not public" data-for="press office of Brain"') > 12
    assert "style=" not in response.content.decode()


def test_a_countersigned_version_names_who_signed(client, article, writer, reviewer):
    sign(article, reviewer)
    _, address = share(article, writer)

    words = words_of(client.get(address))

    assert f"{reviewer.get_full_name()}, MD, neurologist, has countersigned these words" in words


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("known", [True, False], ids=["link", "no link"])
def test_nobody_stores_indexes_or_tells_of_it(client, article, writer, method, known):
    address = share(article, writer)[1] if known else "/preview/nothing/"

    response = getattr(client, method)(address)

    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"].startswith("noindex")
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


def test_programs_that_show_a_glimpse_of_an_address_get_none(client, article, writer):
    _, address = share(article, writer)

    head = BeautifulSoup(client.get(address).content, "html.parser").head

    named = {tag.get("property") or tag.get("name") for tag in head.find_all("meta")}
    assert not {
        name for name in named if name and name.startswith(("og:", "twitter:", "DC.", "article:", "description"))
    }
    assert head.find("meta", {"name": "robots"})["content"].startswith("noindex")
    assert not head.find("link", rel="canonical")
    assert not head.find("script")


def test_the_slash_at_the_end_may_be_missing(client, article, writer):
    _, address = share(article, writer)

    assert client.get(address.removesuffix("/")).status_code == 200


def test_nothing_is_posted_to_it(client, article, writer):
    _, address = share(article, writer)

    assert client.post(address).status_code == 405


def test_later_edits_change_nothing_of_what_is_shown(client, article, writer):
    topic = TopicFactory(name="Microglia")
    edit(article, topics=[topic])
    _, address = share(article, writer)
    before = client.get(address).content

    draft = edit(
        article, title="Changed", summary="Changed", body=blocks.body(blocks.text("<p>Changed</p>")), topics=[]
    )
    draft.authors.clear()
    draft.save_revision(user=writer)

    assert client.get(address).content == before
    assert b"Microglia" in before


def test_a_version_whose_revision_was_overwritten_or_purged_stays(client, article, writer):
    link, address = share(article, writer)
    draft = article.get_latest_revision_as_object()
    draft.title = "Overwritten by autosave"
    draft.save_revision(user=writer, overwrite_revision=link.revision)
    edit(article, title="Newer")
    link.revision.delete()

    words = words_of(client.get(address))

    assert "Fewer relapses" in words
    assert "Overwritten" not in words


def test_a_retraction_after_the_link_was_made_is_shown(client, article, writer):
    _, address = share(article, writer)

    StudyNoticeFactory(study=article.study)

    assert "This study was retracted" in words_of(client.get(address))


def test_a_notice_stands_by_the_study_the_version_is_about(client, article, writer):
    _, address = share(article, writer)
    old = article.study
    edit(article, study=ArticlePageFactory().study)

    StudyNoticeFactory(study=old)

    assert "This study was retracted" in words_of(client.get(address))


def test_the_address_may_be_sent_while_the_article_is_under_review(client, article, writer):
    submit(article, writer)

    _, address = share(article, writer)

    assert client.get(address).status_code == 200


def stored_files():
    return {path.name for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def test_pictures_are_made_with_the_link_and_never_by_reading(client, article, writer):
    figure, lead = ImageFactory(title="Fewer relapses"), ImageFactory(title="Fewer relapses")
    edit(article, lead_image=lead, body=blocks.body(blocks.figure(figure)))
    _, address = share(article, writer)
    made = stored_files()

    page = BeautifulSoup(client.get(address).content, "html.parser")

    shown = [image["src"] for image in page.main.find_all("img")]
    assert stored_files() == made
    assert len(shown) == 2
    assert all(re.fullmatch(r"/media/\w+/[0-9a-f]{2}/[0-9a-f]{32}\.\w+\?key=[0-9a-f]{32}", source) for source in shown)
    assert {client.get(source).status_code for source in shown} == {200}


def test_a_picture_replaced_or_deleted_in_the_library_stays_in_the_preview(client, article, writer):
    image = ImageFactory()
    edit(article, lead_image=image)
    _, address = share(article, writer)
    edit(article, lead_image=None)
    ArticlePage.objects.filter(pk=article.pk).update(lead_image=None)
    image.delete()

    source = BeautifulSoup(client.get(address).content, "html.parser").main.img["src"]

    assert client.get(source).status_code == 200


def test_the_same_pictures_are_copied_once(article, writer):
    edit(article, lead_image=ImageFactory())
    share(article, writer)
    made = stored_files()

    share(article, writer)

    assert stored_files() == made


# Embargo


def test_an_embargo_stands_on_the_page_with_its_source(client, article, editor):
    until = datetime(2036, 7, 1, 13, 0, tzinfo=UTC)
    edit(article, embargo_until=until, embargo_source="Press office of Brain")
    _, address = share(article, editor)

    page = BeautifulSoup(client.get(address).content, "html.parser")

    terms = " ".join(page.find(class_="preview-embargo").get_text(" ").split())
    assert "Under embargo until 1 July 2036, 14:00 (Europe/London)" in terms
    assert "set by Press office of Brain" in terms
    assert page.find(class_="preview-embargo").time["datetime"] == "2036-07-01T14:00:00+01:00"


def test_an_embargo_set_later_is_shown_and_closes_the_links_of_the_writer(client, article, editor, writer):
    _, of_writer = share(article, writer)
    _, of_editor = share(article, editor)

    edit(article, embargo_until=timezone.now() + SOON, embargo_source="The journal")

    assert client.get(of_writer).status_code == 404
    assert "Under embargo until" in words_of(client.get(of_editor))


def test_an_embargo_that_is_over_is_not_mentioned(client, article, editor):
    edit(article, embargo_until=timezone.now() + SOON, embargo_source="The journal")
    _, address = share(article, editor)

    with time_machine.travel(timezone.now() + SOON, tick=False):
        assert "embargo" not in words_of(client.get(address))


# The end of a link


def test_it_works_until_the_second_it_expires(client, article, writer):
    now = timezone.now()
    link, address = share(article, writer, valid_days=1, now=now)

    with time_machine.travel(link.expires_at - timedelta(seconds=1), tick=False):
        assert client.get(address).status_code == 200
    with time_machine.travel(link.expires_at, tick=False):
        assert client.get(address).status_code == 404


def dead_links(article, writer):
    expired, revoked, altered = (share(article, writer) for _ in range(3))
    PreviewLink.objects.filter(pk=expired[0].pk).update(expires_at=timezone.now())
    previews.revoke_link(revoked[0], writer, timezone.now())
    PreviewLink.objects.filter(pk=altered[0].pk).update(content="v1:{}")
    return [expired[1], revoked[1], altered[1], "/preview/unknown/", "/preview/a.b/", "/preview/%00%FF/"]


def test_all_that_does_not_work_looks_the_same_and_says_nothing(client, article, writer):
    answers = [client.get(address) for address in dead_links(article, writer)]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
    assert b"Fewer relapses" not in answers[0].content
    assert "not available" in words_of(answers[0])


def test_openings_are_counted(client, article, writer):
    link, address = share(article, writer)
    first = timezone.now() + timedelta(hours=1)

    for hours in range(3):
        with time_machine.travel(first + timedelta(hours=hours), tick=False):
            client.get(address)
    client.head(address)

    link.refresh_from_db()
    assert link.opened_count == 3
    assert link.first_opened_at == first
    assert link.last_opened_at == first + timedelta(hours=2)


def test_a_link_that_does_not_work_counts_nothing(client, article, writer):
    for address in dead_links(article, writer):
        client.get(address)

    assert set(PreviewLink.objects.values_list("opened_count", flat=True)) == {0}


def test_counting_is_the_only_write_and_one_statement(client, article, writer):
    _, address = share(article, writer)
    client.get(address)

    with CaptureQueriesContext(connection) as asked:
        client.get(address)

    writes = [
        query["sql"]
        for query in asked
        if not query["sql"].lstrip("( \n").upper().startswith(("SELECT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(writes) == 1
    assert '"opened_count" + 1' in writes[0] or "`opened_count` + 1" in writes[0]


# Tampering


def each_letter_changed(address):
    token = address.split("/")[2]
    for place in range(0, len(token), 7):
        letter = "A" if token[place] != "A" else "B"
        yield f"/preview/{token[:place]}{letter}{token[place + 1 :]}/"
    yield f"/preview/{token[:-1]}/"
    yield f"/preview/{token}A/"
    yield f"/preview/{token.split('.')[0]}/"
    yield f"/preview/{token.split('.')[0]}./"


def test_an_address_with_a_changed_letter_opens_nothing(client, article, writer):
    _, address = share(article, writer)

    assert {client.get(changed).status_code for changed in each_letter_changed(address)} == {404}


def test_the_hash_in_the_database_is_no_address(client, article, writer):
    link, address = share(article, writer)
    signature = address.split(".")[1]

    assert client.get(f"/preview/{link.token_hash}/").status_code == 404
    assert client.get(f"/preview/{link.token_hash}.{signature}").status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"expires_at": timezone.now() + timedelta(days=900)},
        {"label": "Somebody else"},
        {"made_by_editor": True},
        {"digest": "0" * 64},
        {"content": 'v1:{"title":"Never written"}'},
        {"pictures": {"lead": {"src": "other.jpg"}}},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_row_changed_behind_our_back_opens_nothing(client, article, writer, values):
    link, address = share(article, writer)

    PreviewLink.objects.filter(pk=link.pk).update(**values)

    assert client.get(address).status_code == 404


def test_a_signature_of_another_link_opens_nothing(client, article, writer):
    one, other = share(article, writer)[1], share(article, writer)[1]
    mixed = f"{one.split('.')[0]}.{other.split('.')[1]}"

    assert client.get(mixed).status_code == 404


def test_a_new_secret_key_ends_every_link_unless_the_old_one_is_kept(client, article, writer, settings):
    _, address = share(article, writer)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"

    assert client.get(address).status_code == 404

    settings.SECRET_KEY_FALLBACKS = [old]
    assert client.get(address).status_code == 200


# Cost


def test_a_fuller_version_costs_no_more_statements(client, section, writer, django_assert_max_num_queries):
    def shared(count):
        page = ArticlePageFactory(
            parent=section,
            by=writer,
            topics=TopicFactory.create_batch(count),
            body=blocks.body(*(blocks.figure(ImageFactory()) for _ in range(count))),
        )
        return share(page, writer)[1]

    small, large = shared(1), shared(6)
    client.get(small)
    with CaptureQueriesContext(connection) as asked:
        client.get(small)

    with django_assert_max_num_queries(len(asked)):
        client.get(large)


def test_an_unknown_address_costs_one_question_and_the_frame(client, section, django_assert_max_num_queries):
    client.get("/preview/nothing/")

    # The link, the frame of the page, and what looks for redirects behind every page not found.
    with django_assert_max_num_queries(5):
        client.get("/preview/nothing/")
