"""Two people, or two tabs, at one article: nobody's text is lost, and nobody is overwritten unasked."""

import re
import threading
import uuid
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.models import EditingSession
from wagtail.models import PageLogEntry
from wagtail.test.utils.form_data import rich_text

from common import saving
from common.editing import VERSION_FIELDS, NewerVersion
from common.editing import saving as being_saved
from research import periodic
from research.models import ArticlePage
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, editor_user, reviewer_user, writer_user
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db

JSON = {"accept": "application/json"}


@pytest.fixture
def section(db):
    return TopicIndexPageFactory()


@pytest.fixture
def writer(db):
    return writer_user()


@pytest.fixture
def article(section, writer):
    return ArticlePageFactory(parent=section, by=writer, title="First", summary="As it was.")


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(article) -> str:
    return reverse("wagtailadmin_pages:edit", args=[article.pk])


def form_of(article, **values):
    """What the editor sends that was opened just now."""
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    return {**editor_post(draft), **values}


def stored(article) -> ArticlePage:
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


def hidden_of(response, action_part: str) -> QueryDict:
    """Return what a form of the answer would send."""
    found = QueryDict(mutable=True)
    form = next(f for f in BeautifulSoup(response.content, "html.parser").select("form") if action_part in f["action"])
    for field in form.select("input"):
        found.appendlist(field["name"], field["value"])
    return found


def test_a_save_over_a_version_nobody_saw_is_told_and_both_texts_are_shown(article, writer):
    mine = form_of(article, summary="Mine, an hour of work.")
    other = editor_user()
    browser(other).post(address(article), form_of(article, summary="Theirs, saved first."))

    response = browser(writer).post(address(article), mine)

    assert response.status_code == 409
    shown = response.content.decode()
    assert "Mine, an hour of work." in shown
    assert "Theirs, saved first." in shown
    assert str(other) in shown
    assert stored(article).summary == "Theirs, saved first."


def test_the_same_person_in_a_second_tab_is_told_as_well(article, writer):
    first_tab, second_tab = form_of(article, summary="First tab."), form_of(article, summary="Second tab.")
    client = browser(writer)
    client.post(address(article), first_tab)

    response = client.post(address(article), second_tab)

    assert response.status_code == 409
    assert "you, in another tab" in response.content.decode()
    assert stored(article).summary == "First tab."


def test_choosing_ones_own_saves_it_and_leaves_the_other_in_the_history(article, writer):
    mine = form_of(article, summary="Mine.", key_takeaway=rich_text("<p>Mine <b>too</b>.</p>"))
    browser(editor_user()).post(address(article), form_of(article, summary="Theirs."))
    told = browser(writer).post(address(article), mine)

    response = browser(writer).post(address(article), hidden_of(told, "/edit/").dict() | {"topics": mine["topics"]})

    assert response.status_code == 302
    assert stored(article).summary == "Mine."
    assert "<b>too</b>" in stored(article).key_takeaway
    assert "Theirs." in [version.content["summary"] for version in article.revisions.all()]


def test_choosing_the_newer_one_leaves_ones_own_in_the_history(article, writer):
    mine = form_of(article, summary="Mine.")
    browser(editor_user()).post(address(article), form_of(article, summary="Theirs."))
    told = browser(writer).post(address(article), mine)

    response = browser(writer).post(
        reverse("common_keep_theirs", args=[article.pk]),
        hidden_of(told, "keep-theirs").dict() | {"topics": mine["topics"]},
    )

    assert response.status_code == 302
    assert stored(article).summary == "Theirs."
    assert [v.content["summary"] for v in article.revisions.order_by("pk")][-2:] == ["Mine.", "Theirs."]


TAKE_PARTS = "take-parts"


def body_of(article, *texts):
    """Return the body as the editor sends it, its blocks known by the ids they are stored with, with other words."""
    sent = {}
    for place, section in enumerate(stored(article).body):
        name = f"body-{place}"
        sent |= {f"{name}-id": section.id}
        for at, block in enumerate(section.value):
            sent |= {f"{name}-value-{at}-id": block.id}
            if block.block_type == "text" and texts[place] is not None:
                sent[f"{name}-value-{at}-value-html"] = rich_text(f"<p>{texts[place]}</p>")
    return sent


def choose(response):
    """Return the form of parts as the browser sends it with what is chosen already."""
    soup = BeautifulSoup(response.content, "html.parser")
    chosen = {radio["name"]: radio["value"] for radio in soup.select("input[type=radio][checked]")}
    return hidden_of(response, TAKE_PARTS).dict() | chosen


def labels_of(response):
    return [heading.get_text() for heading in BeautifulSoup(response.content, "html.parser").select(".not-saved h2")]


def test_two_who_changed_different_parts_get_both_with_one_click(article, writer):
    mine = form_of(article, summary="Mine.", **body_of(article, "My first text.", None, None))
    theirs = form_of(article, title="Their title", **body_of(article, None, "Their second text.", None))
    browser(editor_user()).post(address(article), theirs)
    told = browser(writer).post(address(article), mine)

    response = browser(writer).post(
        reverse("common_take_parts", args=[article.pk]), choose(told) | {"topics": mine["topics"]}
    )

    assert response.status_code == 302
    draft = stored(article)
    assert (draft.title, draft.summary) == ("Their title", "Mine.")
    words = str(draft.body.get_prep_value())
    assert "My first text." in words
    assert "Their second text." in words
    assert ArticlePage.objects.get(pk=article.pk).title == "Their title"
    assert [v.content["summary"] for v in article.revisions.order_by("pk")][-3:] == ["As it was.", "Mine.", "Mine."]


def test_where_both_changed_it_ones_own_is_chosen_until_one_chooses(article, writer):
    mine = form_of(article, title="My title", summary="Mine.")
    browser(editor_user()).post(address(article), form_of(article, title="Their title", summary="Theirs."))
    told = browser(writer).post(address(article), mine)
    sent = choose(told) | {"topics": mine["topics"]}
    assert (sent["take-title"], sent["take-summary"]) == ("mine", "mine")

    browser(writer).post(reverse("common_take_parts", args=[article.pk]), sent | {"take-summary": "newer"})

    assert (stored(article).title, stored(article).summary) == ("My title", "Theirs.")


def test_the_parts_are_named_block_by_block(article, writer):
    mine = form_of(article, summary="Mine.", **body_of(article, "My first text.", None, None))
    browser(editor_user()).post(address(article), form_of(article, **body_of(article, None, "Their second.", None)))

    labels = labels_of(browser(writer).post(address(article), mine))

    assert labels == ["Summary", "Body, What they found, Text", "Body, Who should care and why, Text"]


def test_a_block_that_one_added_and_a_block_that_one_took_out_are_parts(article, writer):
    blocks_of = [list(section.value.get_prep_value()) for section in stored(article).body]
    name, new = str(uuid.uuid4()), {"html": rich_text("<p>Added by them.</p>")}
    theirs = form_of(article, title="Their title", **body_of(article, None, None, None))
    place = len(blocks_of[0])
    theirs |= {
        "body-0-value-count": str(place + 1),
        f"body-0-value-{place}-id": name,
        f"body-0-value-{place}-type": "text",
        f"body-0-value-{place}-order": str(place),
        f"body-0-value-{place}-deleted": "",
        f"body-0-value-{place}-value-html": new["html"],
    }
    mine = form_of(article, summary="Mine.", **body_of(article, None, None, None))
    browser(editor_user()).post(address(article), theirs)
    assert "Added by them." in str(stored(article).body)
    told = browser(writer).post(address(article), mine)
    key = f"take-body:{stored(article).body[0].id}:{name}"

    sent = choose(told) | {"topics": mine["topics"]}
    assert sent[key] == "newer"
    browser(writer).post(reverse("common_take_parts", args=[article.pk]), sent)

    assert [block.id for block in stored(article).body[0].value] == [one["id"] for one in blocks_of[0]] + [name]


def test_parts_of_a_version_that_is_no_longer_the_newest_are_not_saved(article, writer):
    mine, client = form_of(article, title="My title", summary="Mine."), browser(editor_user())
    client.post(address(article), form_of(article, title="Their title", summary="Theirs."))
    told = browser(writer).post(address(article), mine)
    client.post(address(article), form_of(article, summary="Theirs, later."))

    response = browser(writer).post(
        reverse("common_take_parts", args=[article.pk]), choose(told) | {"topics": mine["topics"]}
    )

    assert response.status_code == 409
    assert "Theirs, later." in response.content.decode()
    assert stored(article).summary == "Theirs, later."


def test_nobody_takes_parts_of_what_they_may_not_edit(article, writer):
    mine = form_of(article, title="My title", summary="Mine.")
    browser(editor_user()).post(address(article), form_of(article, title="Their title", summary="Theirs."))
    told = browser(writer).post(address(article), mine)

    response = browser(reviewer_user()).post(reverse("common_take_parts", args=[article.pk]), choose(told))

    assert response.status_code in (302, 403)
    assert stored(article).summary == "Theirs."


def test_a_newer_version_that_came_while_one_chose_is_told_again(article, writer):
    mine, client = form_of(article, summary="Mine."), browser(editor_user())
    client.post(address(article), form_of(article, summary="Theirs."))
    told = browser(writer).post(address(article), mine)
    client.post(address(article), form_of(article, summary="Theirs again."))

    response = browser(writer).post(address(article), hidden_of(told, "/edit/").dict() | {"topics": mine["topics"]})

    assert response.status_code == 409
    assert stored(article).summary == "Theirs again."


@pytest.mark.parametrize("button", ["", "action-submit"])
def test_no_button_goes_past_it(article, writer, button):
    mine = form_of(article, summary="Mine.", **({button: button} if button else {}))
    browser(editor_user()).post(address(article), form_of(article, summary="Theirs."))

    response = browser(writer).post(address(article), mine)

    assert response.status_code == 409
    assert stored(article).summary == "Theirs."
    # Choosing saves a draft; it is submitted when it was read again.
    assert "action-submit" not in hidden_of(response, "/edit/")


def test_a_form_with_errors_is_told_of_the_newer_version_first(article, writer):
    """Shown again with the errors, it would name the newest version as the one it is based on."""
    mine = form_of(article, summary="Mine.", go_live_at="not a time")
    browser(editor_user()).post(address(article), form_of(article, summary="Theirs."))

    response = browser(writer).post(address(article), mine)

    assert response.status_code == 409
    assert "Mine." in response.content.decode()


class Autosaving:
    """A tab whose browser saves by itself, as Wagtail's editor does."""

    def __init__(self, user, article) -> None:
        self.client, self.article = browser(user), article
        self.form = form_of(article)

    def save(self, **values) -> dict:
        """Save in the background."""
        self.form |= values
        answer = self.client.post(address(self.article), self.form, headers=JSON).json()
        if answer["success"]:
            self.form["overwrite_revision_id"] = str(answer["revision_id"])
        return answer

    def press_save(self, **values):
        """Save by hand."""
        return self.client.post(address(self.article), self.form | values)


def test_a_browser_that_saves_by_itself_never_stands_in_its_own_way(article, writer):
    tab = Autosaving(writer, article)

    assert all(tab.save(summary=f"Word {number}.")["success"] for number in range(3))

    assert tab.press_save(summary="Done.").status_code == 302
    assert stored(article).summary == "Done."


def test_what_another_browser_saved_by_itself_is_not_overwritten_by_hand(article, writer):
    mine = form_of(article, summary="Mine.")
    tab = Autosaving(editor_user(), article)
    tab.save(summary="Theirs, as typed so far.")

    response = browser(writer).post(address(article), mine)

    assert response.status_code == 409
    assert "Theirs, as typed so far." in response.content.decode()
    assert stored(article).summary == "Theirs, as typed so far."


def test_a_tab_that_was_overtaken_is_told_by_itself_and_by_hand(article, writer):
    tab = Autosaving(writer, article)
    tab.save(summary="Mine.")
    browser(editor_user()).post(address(article), form_of(article, summary="Theirs."))

    by_itself = tab.save(summary="Mine, longer.")

    assert (by_itself["success"], by_itself["error_code"]) == (False, "invalid_revision")
    assert tab.press_save().status_code == 409
    assert stored(article).summary == "Theirs."


def test_a_tab_opened_on_a_version_that_was_typed_on_since_is_told(article, writer):
    first = Autosaving(writer, article)
    first.save(summary="One.")
    second = form_of(article, summary="From the second tab.")
    first.save(summary="One, two.")

    response = browser(writer).post(address(article), second)

    assert response.status_code == 409
    assert stored(article).summary == "One, two."


PARTS = ["summary", "key_takeaway", "body-count", "form_end", "authors-TOTAL_FORMS", "title", "go_live_at"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_form_without_its_fields_is_refused_and_what_came_is_shown(article, writer, part, accept):
    form = form_of(article, summary="What I wrote, and would miss.")
    form.pop(part)

    response = browser(writer).post(address(article), form, headers={"accept": accept})

    assert response.status_code == 400
    assert stored(article).summary == "As it was."
    assert article.revisions.count() == 1
    if accept == "text/html" and part != "summary":
        assert "What I wrote, and would miss." in response.content.decode()


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_body_that_was_cut_short_is_refused(article, writer, kept):
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    form = form_of(article, summary="New.")
    versions = {name: form.pop(name) for name in VERSION_FIELDS if name in form}
    end = {"form_end": form.pop("form_end")}
    whole = encode_multipart(BOUNDARY, versions | form | end)
    cut = whole[: int(len(whole) * kept)]

    response = browser(writer).generic("POST", address(article), cut, MULTIPART_CONTENT)

    assert response.status_code == 400
    assert stored(article).summary == "As it was."


def test_an_article_is_not_made_of_half_a_form(section, writer, article):
    form = form_of(article) | {"slug": "another"}
    form.pop("body-count")

    response = browser(writer).post(
        reverse("wagtailadmin_pages:add", args=["research", "articlepage", section.pk]), form
    )

    assert response.status_code == 400
    assert ArticlePage.objects.count() == 1


@pytest.mark.parametrize("role", [writer_user, editor_user, reviewer_user])
def test_the_editor_itself_sends_every_field_that_is_asked_for(article, section, role):
    """What scripts add to the form in the browser is the stream of blocks; all else stands in the page."""
    own = role(username="somebody-else")
    mine = ArticlePageFactory(parent=section, by=own)
    response = browser(own).get(address(mine))
    if response.status_code != 200:
        assert role is reviewer_user
        return
    # By their names in the text: the schedule stands in a template that a script puts into the form.
    names = re.findall(r'<(?:input|textarea|select)[^>]*? name="([^"]+)"', response.content.decode())
    sent = QueryDict(mutable=True)
    sent.update(dict.fromkeys(names, ""))
    sent["body-count"] = "0"
    form_class = ArticlePage.get_edit_handler().get_form_class()

    form = form_class(sent, instance=stored(mine), for_user=own)

    assert form.missing_fields() == []


@pytest.mark.django_db(transaction=True)
def test_of_eight_saves_at_once_one_wins_and_seven_are_told(article, writer):
    """With real threads: the comparison and the save are one step."""
    forms = [form_of(article, summary=f"Text {number}.") for number in range(8)]
    clients = [browser(writer) for _ in forms]
    codes: list[int] = []
    start = threading.Barrier(len(forms))

    def save(number: int) -> None:
        if connection.vendor == "sqlite":
            # In memory, all connections share a cache in which readers are refused while another writes; in a file not.
            connection.cursor().execute("PRAGMA read_uncommitted = 1")
        start.wait()
        codes.append(clients[number].post(address(article), forms[number]).status_code)
        connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == [302] + [409] * 7
    assert article.revisions.count() == 2


@pytest.fixture
def lock(monkeypatch):
    """Return a function that locks the database for the next so many saves."""
    usual, left = ArticlePage.save, [0]

    def save(self, *args, **kwargs):
        if left[0] > 0:
            left[0] -= 1
            raise OperationalError("database is locked")
        return usual(self, *args, **kwargs)

    monkeypatch.setattr(ArticlePage, "save", save)
    return lambda times: left.__setitem__(0, times)


def test_a_save_that_meets_a_busy_database_is_tried_again_unseen(article, writer, lock):
    lock(2)

    response = browser(writer).post(address(article), form_of(article, summary="Kept."))

    assert response.status_code == 302
    assert stored(article).summary == "Kept."
    assert article.revisions.count() == 2
    assert PageLogEntry.objects.filter(page=article.pk, action="wagtail.edit").count() == 1


def test_what_cannot_be_saved_comes_back_with_its_text_and_can_be_sent_again(article, writer, lock, monkeypatch):
    monkeypatch.setattr(saving, "PATIENCE_SECONDS", 0.3)
    form = form_of(article, summary="A long text that took an hour.")
    lock(50)

    response = browser(writer).post(address(article), form)

    assert response.status_code == 503
    assert "A long text that took an hour." in response.content.decode()
    lock(0)
    again = browser(writer).post(address(article), hidden_of(response, "/edit/").dict() | {"topics": form["topics"]})
    assert again.status_code == 302
    assert stored(article).summary == "A long text that took an hour."


def test_a_busy_database_is_said_to_a_browser_that_saves_by_itself(article, writer, lock, monkeypatch):
    monkeypatch.setattr(saving, "PATIENCE_SECONDS", 0.3)
    lock(50)

    answer = browser(writer).post(address(article), form_of(article), headers=JSON)

    assert (answer.status_code, answer.json()["error_code"]) == (503, "busy")


def test_the_refusals_are_about_forms_of_the_editor_only(article):
    article.summary = "By a command."

    article.save_revision()

    with being_saved(QueryDict("loaded_revision_id=1"), article.pk), pytest.raises(NewerVersion):
        article.save_revision()
    with being_saved(QueryDict("loaded_revision_id=1"), article.pk + 1):
        article.save_revision()


def test_opening_the_editor_writes_nothing(article, writer):
    client = browser(writer)
    client.get(address(article))  # notes once, for this person and page, whether comments are mailed

    with CaptureQueriesContext(connection) as asked:
        assert client.get(address(article)).status_code == 200

    written = [q["sql"] for q in asked if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert written == []


def test_the_first_ping_of_an_editor_makes_it_known_to_others(article, writer):
    client = browser(writer)
    shown = client.get(address(article)).content.decode()
    ping = re.search(r'/admin/editing-sessions/ping/[^"]+', shown).group()

    answer = client.post(ping)

    assert answer.status_code == 200
    session = EditingSession.objects.get(user=writer)
    assert f"/{session.pk}/" in answer.json()["ping_url"]


def test_the_runner_removes_sessions_that_ended(article, writer):
    now = timezone.now()
    client = browser(writer)
    old = EditingSession.objects.create(
        user=writer, content_object=article.page_ptr, last_seen_at=now - timedelta(hours=2)
    )
    Session.objects.update(expire_date=now - timedelta(days=1))

    periodic.clean_up(now)

    assert not EditingSession.objects.filter(pk=old.pk).exists()
    assert not Session.objects.exists()
    assert client.get(address(article)).status_code == 302
