"""What must be ticked before it is signed, and when a tick is gone."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from research.checking.claims import ClaimKind, claims_of
from research.checking.passages import find_passage
from research.content.article import content_of
from research.content.stored import read_canonical
from research.models import ArticlePage, MedicalReviewState, ReviewDraft, SignOff
from research.review.claims.drafts import draft_of_reviewer
from research.review.claims.links import declare
from research.review.claims.texts import texts_behind
from research.review.claims.ticks import basis_of, basis_of_submission, complete_ticks, standing_ticks
from tests.factories import ANSWERS, StudyNoticeFactory, all_ticks, approve, blocks, edit, submit

pytestmark = pytest.mark.django_db
LINKED, PLAIN, NUMBER = "Fewer people had a setback.", "We met them in Leeds.", "It was 4 in 100 people."


@pytest.fixture
def draft(article, writer):
    article.study.abstract = [["RESULTS", "Setbacks were rarer in one year. It was 4 in 100 people."]]
    article.study.save()
    draft = edit(article, writer, body=blocks.body(blocks.text(f"<p>{LINKED} {PLAIN} {NUMBER}</p>")))
    quote = find_passage("Setbacks were rarer", texts_behind(draft)[0])
    declare(draft, key_of(draft, LINKED), ClaimKind.SUPPORTED, [quote])
    draft.save_revision(user=writer)
    return ArticlePage.objects.get(pk=draft.pk).get_latest_revision_as_object()


def key_of(draft, sentence):
    return next(claim.key for claim in claims_of(content_of(draft)) if claim.text == sentence)


def kept_ticks(draft, notices=()):
    content = content_of(draft)
    basis = basis_of(content, notices)
    return {claim.key: basis.of(claim) for claim in claims_of(content)}


def standing(draft, kept, notices=()):
    content = content_of(draft)
    stands, reopened = standing_ticks(content, basis_of(content, notices), kept)
    words = {claim.key: claim.text for claim in claims_of(content)}
    return {words[key] for key in stands}, {words[key] for key in reopened}


def test_title_takeaway_and_each_number_must_be_ticked(draft):
    with pytest.raises(ValidationError, match=r"not ticked yet\. The first: “Fewer relapses”"):
        complete_ticks(content_of(draft), [])


def test_one_that_is_missing_is_named(draft):
    content = content_of(draft)
    ticked = [claim.key for claim in claims_of(content) if claim.text != NUMBER]

    with pytest.raises(ValidationError, match=f"One claim is not ticked yet. The first: “{NUMBER}”"):
        complete_ticks(content, ticked)


def test_ticks_are_kept_with_the_answers_of_the_signature(draft, writer, reviewer):
    state = submit(draft, writer)

    approve(state, reviewer, ticks=[*all_ticks(state.submission), key_of(draft, PLAIN), "f" * 32])

    ticked = [answer["asked"] for answer in SignOff.objects.get().answers if answer["key"].startswith("claim:")]
    assert NUMBER in ticked
    assert PLAIN in ticked
    assert LINKED not in ticked
    assert not any(word in SignOff.objects.get().content for word in ("ticks", "ticked"))


def test_nobody_signs_without_the_ticks_whatever_is_posted(client, draft, writer, reviewer):
    state = submit(draft, writer)
    client.force_login(reviewer)
    answers = {f"{key}-answer": "yes" for key in ANSWERS} | {"stake": "none"}
    shown = {
        "shown_digest": state.submission.digest,
        "shown_notices": " ".join(state.submission.notices),
        "ticks": all_ticks(state.submission)[1:],
    }

    response = client.post(reverse("research_review", args=[state.pk]), answers | shown)

    assert response.status_code == 400
    assert "One claim is not ticked yet" in response.content.decode()
    assert not SignOff.objects.exists()


def test_an_edited_sentence_loses_its_tick_and_the_others_keep_theirs(draft, writer):
    kept = kept_ticks(draft)
    body = blocks.body(blocks.text(f"<p>{LINKED} {PLAIN} It was 5 in 100 people.</p>"))

    stands, reopened = standing(edit(draft, writer, body=body), kept)

    assert {LINKED, PLAIN} <= stands
    assert "It was 5 in 100 people." not in stands | reopened


def test_a_tick_reopens_when_its_source_text_changes(draft):
    kept = kept_ticks(draft)
    study = draft.study
    study.abstract = [["RESULTS", "Setbacks were rarer in one year. It was 6 in 100 people."]]
    study.save()

    stands, reopened = standing(draft, kept)

    assert reopened == {LINKED}
    assert PLAIN in stands


def test_a_tick_reopens_when_another_passage_is_linked(draft):
    kept = kept_ticks(draft)
    declare(draft, key_of(draft, LINKED), ClaimKind.BACKGROUND)

    assert standing(draft, kept)[1] == {LINKED}


def test_a_notice_reopens_what_rests_on_its_study_and_no_explanation(draft):
    declare(draft, key_of(draft, PLAIN), ClaimKind.EXPLANATION)
    kept = kept_ticks(draft)
    notice = StudyNoticeFactory(study=draft.study, kind="correction")

    stands, reopened = standing(draft, kept, [str(notice.uuid)])

    assert stands == {PLAIN}
    assert {LINKED, NUMBER} <= reopened


# What is kept between two visits


def ticked(screen):
    return BeautifulSoup(screen, "html.parser").select("input[name=ticks][checked]")


def keep(client, state, **data):
    return client.post(reverse("research_keep_review", args=[state.pk]), data)


def test_answers_and_ticks_survive_a_reload_and_a_log_out(client, draft, writer, reviewer):
    state = submit(draft, writer)
    client.force_login(reviewer)

    assert keep(client, state, **{"numbers-answer": "no", "numbers-note": "Not so.", "ticks": [key_of(draft, PLAIN)]})
    client.logout()
    client.force_login(reviewer)
    screen = client.get(reverse("research_review", args=[state.pk])).content.decode()

    assert "Not so." in screen
    assert f'value="{key_of(draft, PLAIN)}" checked' in screen
    assert not SignOff.objects.exists()


def test_a_form_that_is_refused_is_kept_all_the_same(client, draft, writer, reviewer):
    state = submit(draft, writer)
    client.force_login(reviewer)

    client.post(reverse("research_review", args=[state.pk]), {"comment": "Half done", "ticks": [key_of(draft, PLAIN)]})

    assert ReviewDraft.objects.get().answers["comment"] == "Half done"


def test_ticks_of_a_round_that_was_sent_back_stand_in_the_next(client, draft, writer, reviewer):
    state = submit(draft, writer)
    client.force_login(reviewer)
    back = {"comment": "Another number, please.", "ticks": [key_of(draft, PLAIN), key_of(draft, NUMBER)]}
    client.post(reverse("research_send_back", args=[state.pk]), back)

    body = blocks.body(blocks.text(f"<p>{LINKED} {PLAIN} It was 5 in 100 people.</p>"))
    page = ArticlePage.objects.get(pk=edit(draft, writer, body=body).pk)
    page.current_workflow_state.resume(writer)
    again = MedicalReviewState.objects.open().get()
    screen = client.get(reverse("research_review", args=[again.pk])).content.decode()

    assert f'value="{key_of(draft, PLAIN)}" checked' in screen
    assert len(ticked(screen)) == 1
    assert ReviewDraft.objects.get().answers == {}


def test_another_reviewer_sees_none_of_it(client, draft, writer, reviewer):
    from tests.factories import reviewer_user

    state = submit(draft, writer)
    client.force_login(reviewer)
    keep(client, state, comment="Mine alone", ticks=[key_of(draft, PLAIN)])

    client.force_login(reviewer_user())
    screen = client.get(reverse("research_review", args=[state.pk])).content.decode()

    assert "Mine alone" not in screen
    assert ticked(screen) == []


def test_only_reviewers_keep_a_review(client, draft, writer, editor):
    state = submit(draft, writer)
    for user in (writer, editor):
        client.force_login(user)
        assert keep(client, state, comment="x").status_code in (302, 403)
    assert not ReviewDraft.objects.exists()


def test_a_review_that_is_over_keeps_nothing_more(client, draft, writer, reviewer):
    state = submit(draft, writer)
    approve(state, reviewer)
    client.force_login(reviewer)

    assert keep(client, state, comment="Late").status_code == 409


def test_a_tick_is_kept_with_what_was_shown(draft, writer, reviewer):
    from research.review.claims.drafts import keep as keep_form

    submission = submit(draft, writer).submission
    content = read_canonical(submission.content)
    key = key_of(draft, LINKED)

    keep_form(
        submission,
        reviewer,
        content=content,
        basis=basis_of_submission(submission, content),
        answers={},
        ticked=[key],
        now=timezone.now(),
    )

    assert list(draft_of_reviewer(submission, reviewer).ticks) == [key]


def test_yes_to_everything_without_opening_the_source_asks_once(client, draft, writer, reviewer):
    state = submit(draft, writer)
    client.force_login(reviewer)
    address = reverse("research_review", args=[state.pk])
    form = {f"{key}-answer": "yes" for key in ANSWERS} | {
        "stake": "none",
        "shown_digest": state.submission.digest,
        "shown_notices": " ".join(state.submission.notices),
        "ticks": all_ticks(state.submission),
    }

    asked = BeautifulSoup(client.post(address, form).content, "html.parser")
    assert "Did you read it" in asked.select_one(".cs-problems").get_text()
    assert not SignOff.objects.exists()

    client.post(address, form | {"asked": asked.select_one("input[name=asked]")["value"]})
    assert SignOff.objects.count() == 1


@pytest.mark.parametrize("changes", [{"opened": "yes"}, {"hype-answer": "no", "hype-note": "One word is kept."}])
def test_it_is_not_asked_of_who_opened_the_source_or_said_no_to_something(client, draft, writer, reviewer, changes):
    state = submit(draft, writer)
    client.force_login(reviewer)
    form = {f"{key}-answer": "yes" for key in ANSWERS} | {
        "stake": "none",
        "shown_digest": state.submission.digest,
        "shown_notices": " ".join(state.submission.notices),
        "ticks": all_ticks(state.submission),
    }

    client.post(reverse("research_review", args=[state.pk]), form | changes)

    assert SignOff.objects.count() == 1
