"""A guest: by mail, to one version, the statement first, one answer, an opinion and never a signature."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from common.models import OutboxMessage
from common.outbox import deliver_due
from research.models import ArticlePage, GuestLink, MedicalReviewState, SignOff, TopicIndexPage
from research.reading.guests.forms import STATEMENTS
from research.record.erasure.erasing import erase_person
from research.review import guests
from tests.factories import approve, edit, submit

pytestmark = pytest.mark.django_db
HEADING = "Fewer relapses"
DECLARED = {"tie": "none", "private": "on"}
OPINION = {"verdict": "changes", "words": "The number in the second sentence is wrong."}


@pytest.fixture
def state(article, writer, reviewer):
    return submit(article, writer)


def invited(state, editor, kind="expert", **given):
    values = {"name": "Dr Ada Guest", "email": "ada@guest.example", "valid_days": 14, "now": timezone.now()} | given
    return guests.invite(MedicalReviewState.objects.get(pk=state.pk), editor, kind=kind, **values)


@pytest.fixture
def link(state, editor):
    return invited(state, editor)


def address(link):
    return reverse("research_guest", args=[guests.token_of(link)])


def body(answer):
    return answer.content.decode()


def declare(client, link, **given):
    return client.post(address(link), DECLARED | given)


def respond(client, link, **given):
    declare(client, link)
    return client.post(address(link), OPINION | given)


def test_the_invitation_is_mailed_with_an_address_that_no_table_holds(client, link):
    deliver_due(timezone.now() + timedelta(seconds=1))

    letter = next(one for one in mail.outbox if one.to == ["ada@guest.example"])
    sent = re.search(r"http\S+/guest/([-\w]{43})", letter.body)
    assert sent[1] == guests.token_of(link)
    assert not letter.body.count("{address}")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            assert sent[1] not in str(cursor.fetchall()), table


def test_the_same_mail_is_sent_again_with_the_same_address(link):
    for _ in range(2):
        guests.send_invitation(OutboxMessage.objects.get(key=f"{guests.INVITATION}-{link.pk}"))

    assert [one.to for one in mail.outbox] == [["ada@guest.example"]]


def test_nothing_is_mailed_to_who_was_revoked_before_it_left(link, editor):
    guests.revoke(link, editor, timezone.now())

    deliver_due(timezone.now() + timedelta(seconds=1))

    assert not [one for one in mail.outbox if one.to == ["ada@guest.example"]]


def test_no_word_of_the_text_is_shown_before_the_statement(client, link):
    before = body(client.get(address(link)))
    wrong = client.post(address(link), OPINION)

    assert HEADING not in before
    assert "Do you have a tie to the study?" in before
    assert wrong.status_code == 400
    assert HEADING not in body(wrong)
    link.refresh_from_db()
    assert link.answered_at is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tie": ""}, "Say whether you have a tie"),
        ({"tie": "tie", "tie_words": " "}, "Describe the tie"),
        ({"private": ""}, "you will not share it"),
    ],
)
def test_an_incomplete_statement_shows_nothing(client, link, given, said):
    answer = declare(client, link, **given)

    assert answer.status_code == 400
    assert said in body(answer)
    assert HEADING not in body(client.get(address(link)))


def test_the_frozen_version_is_shown_as_not_public(client, link, article, writer):
    edit(article, writer, title="Words of a later draft")
    declare(client, link)

    shown = client.get(address(link))

    assert HEADING in body(shown)
    assert "Words of a later draft" not in body(shown)
    assert "Not public, not yet reviewed." in body(shown)
    assert "Please do not share." in body(shown)


def test_it_is_kept_from_stores_search_engines_and_other_sites(client, link, editor):
    declare(client, link)
    answers = [client.get(address(link)), client.get(address(link).replace("guest/", "guest/x")[:50])]

    for answer in answers[:1]:
        assert answer["Cache-Control"] == "private, no-store"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies
        assert "<script src" not in body(answer).partition("</main>")[2]


def test_an_answer_is_an_opinion_on_the_desk_and_signs_nothing(client, link, state, editor, reviewer):
    answer = respond(client, link)

    assert answer.status_code == 302
    assert "Thank you" in body(client.get(address(link)))
    assert not SignOff.objects.exists()
    assert MedicalReviewState.objects.open().exists()
    assert OutboxMessage.objects.get(key=f"guest-answered-{link.pk}").payload["to"] == [editor.email]
    client.force_login(reviewer)
    desk = body(client.get(reverse("research_review", args=[state.pk])))
    assert OPINION["words"] in desk
    assert "I have no tie to this study" in desk
    assert "An opinion never counts as a medical review." in desk


def test_it_stays_in_the_record_after_the_signature(client, link, state, reviewer, editor, article):
    respond(client, link)
    approve(MedicalReviewState.objects.get(pk=state.pk), reviewer)
    client.force_login(editor)

    record = body(client.get(reverse("research_guests", args=[article.pk])))

    assert OPINION["words"] in record
    assert "about words that are not under review now" in record


def test_an_address_takes_one_answer(client, link):
    respond(client, link)

    client.post(address(link), OPINION | {"words": "And another thing."})

    link.refresh_from_db()
    assert link.words == OPINION["words"]
    assert OutboxMessage.objects.filter(key__startswith="guest-answered-").count() == 1
    with pytest.raises(guests.NotAsked):
        guests.answer(GuestLink.objects.get(pk=link.pk), verdict="wrong", words="Again.", now=timezone.now())


def test_an_answer_needs_words_unless_all_is_right(client, link):
    assert respond(client, link, words=" ").status_code == 400
    assert respond(client, link, words="", verdict="").status_code == 400
    assert respond(client, link, words="", verdict="right").status_code == 302


@pytest.mark.parametrize("kind", GuestLink.Kind.values)
def test_each_kind_is_asked_its_own_question(client, state, editor, kind):
    link = invited(state, editor, kind=kind)
    declare(client, link)
    page = body(client.get(address(link)))

    assert ("All in all" in page) == (kind != "reader")
    assert ("What was unclear" in page) == (kind == "reader")
    assert ("misstate your study" in page) == (kind == "author")
    assert client.post(address(link), OPINION).status_code == 302
    link.refresh_from_db()
    assert bool(link.verdict) == (kind != "reader")
    assert not SignOff.objects.exists()


def test_a_guest_is_spoken_to_in_the_language_of_the_words(client, article, writer, reviewer, editor):
    """Whoever invites them; what they declare is kept as the code has it."""
    TopicIndexPage.objects.update(language="de")
    with override("fr"):
        link = invited(submit(ArticlePage.objects.get(pk=article.pk), writer), editor)
    deliver_due(timezone.now() + timedelta(seconds=1))

    assert "Lesen und antworten Sie hier" in next(one for one in mail.outbox if one.to == [link.email]).body
    assert "Den Text zeigen" in body(client.get(address(link)))
    declare(client, link)
    assert "Meine Antwort senden" in body(client.get(address(link)))
    link.refresh_from_db()
    assert link.conflict_statement == STATEMENTS["none"]


def ends(link, state, article, writer, reviewer, editor, how):
    review = MedicalReviewState.objects.get(pk=state.pk)
    if how == "signed":
        approve(review, reviewer)
    elif how == "sent back":
        review.reject(user=reviewer, comment="No.")
    elif how == "withdrawn":
        review.workflow_state.cancel(user=writer)
    elif how == "changed":
        edit(article, writer, title="Other words")
        review.take_new_version(writer)
    elif how == "revoked":
        guests.revoke(link, editor, timezone.now())
    else:
        GuestLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())


OVER = [("signed", 410), ("sent back", 410), ("withdrawn", 410), ("changed", 410), ("revoked", 404), ("expired", 404)]


@pytest.mark.parametrize(("how", "status"), OVER)
@pytest.mark.parametrize("is_declared", [True, False])
def test_an_address_that_is_over_says_so_and_takes_nothing(
    client, link, state, article, writer, reviewer, editor, how, status, is_declared
):
    if is_declared:
        declare(client, link)
    ends(link, state, article, writer, reviewer, editor, how)

    shown, sent = client.get(address(link)), client.post(address(link), OPINION | DECLARED)

    assert (shown.status_code, sent.status_code) == (status, status)
    assert ("was changed, or its review is over" if status == 410 else "taken back") in body(shown)
    assert HEADING not in body(shown)
    link.refresh_from_db()
    assert link.answered_at is None


def test_words_typed_while_the_review_ended_are_given_back(client, link, state, reviewer, monkeypatch):
    declare(client, link)
    answer = guests.answer

    def ends_first(*args, **kwargs):
        MedicalReviewState.objects.get(pk=state.pk).reject(user=reviewer, comment="No.")
        return answer(*args, **kwargs)

    monkeypatch.setattr(guests, "answer", ends_first)
    lost = client.post(address(link), OPINION)

    assert lost.status_code == 410
    assert OPINION["words"] in body(lost)


def test_too_much_is_refused_and_kept(client, link, settings):
    declare(client, link)
    statuses = {client.post(address(link), {"words": "", "verdict": "wrong"}).status_code for _ in range(2)}
    assert statuses == {400}

    for _ in range(31):
        answer = client.post(address(link), OPINION)
        if answer.status_code != 302:
            break
        GuestLink.objects.update(answered_at=None)

    assert answer.status_code == 429
    assert OPINION["words"] in body(answer)


def test_guessing_is_slowed_down(client, state):
    statuses = [client.get(f"/guest/{'x' * 43}/").status_code for _ in range(61)]

    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_it_expires_with_the_clock(client, link):
    with time_machine.travel(link.expires_at + timedelta(seconds=1), tick=False):
        assert client.get(address(link)).status_code == 404


ROLES = [("editor", True), ("admin", True), ("reviewer", False), ("writer", False)]


@pytest.mark.parametrize(("role", "may"), ROLES)
def test_only_editors_invite_and_revoke(client, state, link, article, request, role, may):
    client.force_login(request.getfixturevalue(role))
    screen = reverse("research_guests", args=[article.pk])
    form = {"kind": "reader", "name": "Bo", "email": "bo@guest.example", "valid_days": "7"}

    client.post(screen, form)
    client.post(reverse("research_revoke_guest", args=[article.pk, link.pk]))

    assert GuestLink.objects.filter(name="Bo").exists() == may
    link.refresh_from_db()
    assert (link.revoked_at is not None) == may


def test_reviewers_read_who_was_asked(client, link, article, reviewer):
    client.force_login(reviewer)

    screen = body(client.get(reverse("research_guests", args=[article.pk])))

    assert "Dr Ada Guest" in screen
    assert "Send the invitation" not in screen


def test_nobody_is_invited_when_nothing_is_under_review(client, article, editor):
    client.force_login(editor)
    form = {"kind": "reader", "name": "Bo", "email": "bo@guest.example", "valid_days": "7"}

    answer = client.post(reverse("research_guests", args=[article.pk]), form, follow=True)

    assert "not under review now" in body(answer)
    assert not GuestLink.objects.exists()


@pytest.mark.parametrize("odd", [{"email": "no address"}, {"kind": "signer"}, {"valid_days": "9999"}, {"name": ""}])
def test_an_odd_invitation_is_refused_and_kept(client, state, article, editor, odd):
    client.force_login(editor)
    form = {"kind": "reader", "name": "Bo", "email": "bo@guest.example", "valid_days": "7"} | odd

    assert client.post(reverse("research_guests", args=[article.pk]), form).status_code == 400
    assert not GuestLink.objects.exists()


def test_at_most_so_many_are_asked_at_a_time(state, editor):
    for number in range(guests.MOST_STANDING):
        invited(state, editor, email=f"{number}@guest.example")

    with pytest.raises(PermissionDenied, match="Enough guests"):
        invited(state, editor)


def test_a_guest_is_erased_by_their_address(client, link, admin):
    respond(client, link)

    erase_person(email="ada@guest.example", reason="They asked for it.", by=admin)

    link.refresh_from_db()
    assert (link.name, link.email, link.words, link.conflict_statement) == ("(name removed)", "", "", "")
    assert link.answered_at is not None
    assert client.get(address(link)).status_code == 404
    assert "ada@guest" not in str(list(OutboxMessage.objects.values()))
    assert "Ada Guest" not in str(list(OutboxMessage.objects.values()))


def test_no_copy_of_an_article_takes_its_guests_along(link, article):
    copied = ArticlePage.objects.get(pk=article.pk).copy(update_attrs={"slug": "copy"})

    assert not copied.guest_links.exists()
