import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils import timezone

from research.content.article import canonical_json, content_of, digest_of
from research.models import ArticleAuthor, PublishedText, SealChain, SignOff, TopicIndexPage
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS, WRITERS
from research.publishing.freezing import freeze
from research.review import contributions
from research.review.chain import hash_of
from research.review.claims.ticks import TICKS
from research.review.frozen import Shown
from research.review.signing import (
    IncompleteArticle,
    MayNotSign,
    WordsChanged,
    reasons_not_to_sign,
    sign_article,
    sign_text,
)
from tests.factories import (
    ANSWERS,
    NO_STAKE,
    ArticlePageFactory,
    GlossaryTermFactory,
    StudyNoticeFactory,
    UserFactory,
    all_ticks,
    digest_of_draft,
    edit,
    reviewer_user,
    sign,
    sign_text_of,
)

pytestmark = pytest.mark.django_db


def frozen(article):
    return freeze(type(article).objects.get(pk=article.pk).get_latest_revision(), None)


def try_to_sign(article, user, submission=None, **changes):
    submission = submission or frozen(article)
    given = {
        "shown": Shown.of(submission),
        "answers": ANSWERS,
        "ticks": all_ticks(submission),
        "conflict_statement": NO_STAKE,
    }
    return sign_article(submission, user, **(given | changes))


def a_contributor(article):
    user = reviewer_user()
    edit(article, user, title="A better title")
    return user


def a_former_contributor_whose_revision_is_gone(article):
    user = a_contributor(article)
    edit(article, title="An even better title")
    article.revisions.filter(user=user).delete()
    return user


def a_named_author(article):
    user = reviewer_user()
    article.authors = [ArticleAuthor(person=user.person)]
    article.save_revision()
    return user


def who_edited_the_study(article):
    user = reviewer_user()
    contributions.record(article.study.subject_uuid, user)
    return user


def an_inactive_reviewer(article):
    return reviewer_user(is_active=False)


def without_credentials(article):
    return reviewer_user(credentials=" ")


def without_a_persons_record(article):
    return UserFactory(role=MEDICAL_REVIEWERS)


def a_writer(article):
    return UserFactory(role=WRITERS)


def an_editor(article):
    return UserFactory(role=EDITORS)


def a_superuser(article):
    return UserFactory(is_superuser=True, is_staff=True)


def a_superuser_who_wrote_it_and_joined_the_reviewers(article):
    user = reviewer_user(is_superuser=True)
    edit(article, user, title="By the superuser")
    return user


FORBIDDEN = [
    a_contributor,
    a_former_contributor_whose_revision_is_gone,
    a_named_author,
    who_edited_the_study,
    an_inactive_reviewer,
    without_credentials,
    without_a_persons_record,
    a_writer,
    an_editor,
    a_superuser,
    a_superuser_who_wrote_it_and_joined_the_reviewers,
]


@pytest.mark.parametrize("who", FORBIDDEN, ids=lambda who: who.__name__)
def test_a_user_who_may_not_sign_is_refused_with_reasons(article, who):
    user = who(article)

    with pytest.raises(MayNotSign) as refused:
        try_to_sign(article, user)

    assert refused.value.reasons
    assert not SignOff.objects.exists()


def test_a_reviewer_who_had_no_part_in_it_signs(article, reviewer):
    line = try_to_sign(article, reviewer)

    assert reasons_not_to_sign(reviewer, article) == []
    assert line.digest == digest_of_draft(article)
    assert (line.reviewer_id, line.reviewer_name) == (reviewer.pk, reviewer.person.name)
    assert line.reviewer_credentials == "MD, neurologist"


def test_someone_who_worked_on_another_article_signs_this_one(article, section, reviewer):
    edit(ArticlePageFactory(parent=section), reviewer, title="Another")

    assert try_to_sign(article, reviewer)


def test_the_signature_holds_the_words_themselves(article, reviewer):
    line = sign(article, reviewer)

    assert line.content == content_of(article).canonical
    assert digest_of(line.content) == line.digest


def test_the_questions_are_kept_as_asked(article, reviewer):
    line = sign(article, reviewer)

    answers = line.answers[: len(ANSWERS)]
    assert [answer["key"] for answer in answers] == list(ANSWERS)
    assert all(answer["asked"].endswith("?") and answer["answer"] == "yes" for answer in answers)


@pytest.mark.parametrize("key", list(ANSWERS))
def test_each_question_must_be_answered(article, reviewer, key):
    answers = {other: given for other, given in ANSWERS.items() if other != key}

    with pytest.raises(ValidationError) as refused:
        try_to_sign(article, reviewer, answers=answers)

    assert list(refused.value.message_dict) == [key]


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": "", "note": ""},
        {"answer": "perhaps", "note": "x"},
        {"answer": "no", "note": " "},
        {"answer": "na", "note": ""},
        {"answer": None},
        "yes",
        None,
    ],
)
def test_an_incomplete_answer_is_refused(article, reviewer, answer):
    with pytest.raises(ValidationError):
        try_to_sign(article, reviewer, answers=ANSWERS | {"numbers": answer})

    assert not SignOff.objects.exists()


@pytest.mark.parametrize("answer", ["no", "na"])
def test_a_no_with_its_note_is_complete(article, reviewer, answer):
    line = try_to_sign(article, reviewer, answers=ANSWERS | {"numbers": {"answer": answer, "note": "It has none."}})

    assert next(a["note"] for a in line.answers if a["key"] == "numbers") == "It has none."


def test_signing_needs_a_word_on_interests(article, reviewer):
    with pytest.raises(MayNotSign):
        try_to_sign(article, reviewer, conflict_statement="  ")


def test_words_that_changed_since_they_were_submitted_are_not_signed(article, reviewer):
    submitted = frozen(article)
    edit(article, title="Other words")

    with pytest.raises(WordsChanged):
        try_to_sign(article, reviewer, submitted)


def test_an_older_revision_is_not_signed(article, reviewer):
    edit(article, title="Other words")
    old = article.revisions.order_by("pk").first()

    with pytest.raises(WordsChanged):
        try_to_sign(article, reviewer, freeze(old, None))


def test_an_incomplete_article_is_not_signed(section, reviewer):
    article = ArticlePageFactory(parent=section, summary="")

    with pytest.raises(IncompleteArticle, match="summary"):
        try_to_sign(article, reviewer)


def test_an_edit_of_the_study_before_the_last_signature_is_no_bar(article, reviewer):
    other = reviewer_user()
    contributions.record(article.study.subject_uuid, other)
    sign(article, reviewer)

    assert reasons_not_to_sign(other, article) == []


def test_a_signature_is_good_for_the_time_that_settings_say(article, reviewer, settings):
    settings.REVIEW_VALID_DAYS = 90
    now = timezone.now()

    line = sign(article, reviewer, now=now)

    assert line.valid_until == now + timedelta(days=90)


def test_a_signature_is_good_for_the_time_that_its_section_says(article, reviewer):
    TopicIndexPage.objects.update(review_months=6)
    now = timezone.now()

    line = sign(article, reviewer, now=now)

    assert line.valid_until == now + timedelta(days=182)


def test_a_claim_that_must_be_ticked_is_ticked(article, reviewer):
    assert all_ticks(frozen(article))

    with pytest.raises(ValidationError) as refused:
        try_to_sign(article, reviewer, ticks=())

    assert list(refused.value.message_dict) == [TICKS]
    assert not SignOff.objects.exists()


def test_a_version_whose_revision_is_gone_is_not_signed(article, reviewer):
    submission = frozen(article)
    submission.revision_id = 0

    with pytest.raises(WordsChanged, match="not on record any more"):
        try_to_sign(article, reviewer, submission)


def test_the_signature_remembers_the_notices_it_was_made_in_knowledge_of(article, reviewer):
    notice = StudyNoticeFactory(study=article.study)

    assert sign(article, reviewer).notices_considered == [str(notice.uuid)]


def test_each_line_of_the_chain_holds_the_hash_of_the_line_before(article, section):
    first = sign(article)
    second = sign(ArticlePageFactory(parent=section))
    third = sign(article)

    chain = SealChain.objects.get(pk="signatures")

    assert [first.sequence, second.sequence, third.sequence] == [1, 2, 3]
    assert (first.previous_hash, second.previous_hash, third.previous_hash) == ("", first.line_hash, second.line_hash)
    assert (chain.length, chain.head) == (3, third.line_hash)


def test_a_lines_hash_is_the_same_when_read_back(article):
    line = sign(article)

    assert hash_of(SignOff.objects.get(pk=line.pk)) == line.line_hash


@pytest.mark.parametrize(
    "field", [f.attname for f in SignOff._meta.concrete_fields if f.attname not in {"sequence", "line_hash"}]
)
def test_the_hash_of_a_line_covers_every_field(article, field):
    line = sign(article)
    changed = {
        "commitments": {},
        "person_id": 0,
        "notices_considered": [99],
        "reviewer_id": 0,
        "signed_at": line.signed_at - timedelta(milliseconds=1),
        "valid_until": line.valid_until + timedelta(milliseconds=1),
        "subject_uuid": article.study.subject_uuid,
        "kind": "revoked",
    }

    setattr(line, field, changed.get(field, "something else"))

    assert hash_of(line) != line.line_hash


def test_a_signature_reports_the_new_head_after_the_commit(
    article, reviewer, caplog, django_capture_on_commit_callbacks
):
    caplog.set_level("INFO", logger="countersign.audit")

    with django_capture_on_commit_callbacks(execute=True):
        line = sign(article, reviewer)

    assert line.line_hash in caplog.text


def test_a_shared_text_is_public_only_as_it_was_signed(reviewer):
    term = GlossaryTermFactory(term="myelin", plain_words="A coat <b>around</b> nerves.<script>x</script>")
    line = sign_text_of(term, reviewer)
    term.plain_words = "Something else."
    term.save()

    public = PublishedText.objects.get(subject_uuid=term.subject_uuid)

    assert public.value("plain_words") == "A coat <b>around</b> nerves."
    assert public.digest == line.digest
    assert json.loads(line.content.partition(":")[2]) == json.loads(canonical_json(public.values))


def test_whoever_wrote_a_shared_text_does_not_sign_it(reviewer):
    term = GlossaryTermFactory()
    contributions.record(term.subject_uuid, reviewer)

    with pytest.raises(MayNotSign):
        sign_text_of(term, reviewer)


@pytest.mark.parametrize("statement", ["", " \n"])
def test_signing_a_shared_text_needs_a_word_on_interests(reviewer, statement):
    with pytest.raises(MayNotSign, match="Declare whether you have a stake in this text"):
        sign_text(GlossaryTermFactory(), reviewer, conflict_statement=statement)


def test_a_shared_text_keeps_the_invisible_characters_that_its_script_needs(reviewer):
    term = GlossaryTermFactory(plain_words="<p>می\u200cخواهم</p>")

    sign_text_of(term, reviewer)
    assert "\u200c" in PublishedText.objects.get(subject_uuid=term.subject_uuid).value("plain_words")

    with pytest.raises(IncompleteArticle, match="Delete what nobody can see"):
        sign_text_of(GlossaryTermFactory(plain_words="<p>ad\u200cvice</p>"), reviewer)


def test_joining_the_reviewers_later_does_not_undo_having_written_it(article, writer):
    writer.groups.add(Group.objects.get(name=MEDICAL_REVIEWERS))
    writer.person.credentials = "MD"
    writer.person.save()

    with pytest.raises(MayNotSign, match="worked on this article"):
        try_to_sign(article, writer)
