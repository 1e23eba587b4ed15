"""Erasing people and words: nothing of them is found, and everything still verifies."""

import json
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.models import FormState
from wagtail.models import Comment, PageLogEntry, Revision

from common.models import PictureMaster, User
from common.outbox import deliver_due, enqueue_mail
from research.audit import check_seals
from research.models import (
    ArticlePage,
    ContentRemovalRequest,
    Erasure,
    FindingDismissal,
    MedicalReviewState,
    Person,
    PreviewLink,
    PublishedArticle,
    PublishedText,
    ReaderReport,
    SealedContent,
    SignOff,
    SignOffPersonal,
    Submission,
)
from research.models.signoffs import REMOVED_NAME
from research.newsroom.scrubbing import scrub
from research.publishing.public_pictures import names_in, public_name
from research.publishing.public_pictures import publish as publish_copies
from research.record.erasure import removing
from research.record.erasure.erasing import REMOVED_AUTHOR, erase_person
from research.record.erasure.names import Identity
from research.review.chain import WordsRemoved
from research.review.transparency.checkpoints import make_due
from research.review.transparency.signed_notes import new_key
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    ImageFactory,
    PersonFactory,
    approve,
    blocks,
    edit,
    publish,
    sign,
    sign_text_of,
    submit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]

NAME, LAST_NAME, EMAIL = "Théodora Quillfeather", "Quillfeather", "theodora@quill.example"
REASON = "They asked for it."


@pytest.fixture
def leaving(reviewer):
    """A reviewer with a name that nobody else has, known by it in every place."""
    User.objects.filter(pk=reviewer.pk).update(
        username="tquill", first_name="Théodora", last_name=LAST_NAME, email=EMAIL
    )
    Person.objects.filter(user=reviewer).update(name=NAME, credentials="MD, of Quillfeather Hospital")
    return User.objects.get(pk=reviewer.pk)


def rows_with(words):
    """Return where the words stand in a full dump of the database, as text or as JSON has them."""
    found = []
    spellings = (words.lower(), json.dumps(words)[1:-1].lower())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                text = " ".join(str(value) for value in row).lower()
                found += [(table, row)] if any(spelling in text for spelling in spellings) else []
    return found


def erase(user, admin, **values):
    return erase_person(user=user, by=admin, **{"reason": REASON} | values)


def test_nothing_of_a_person_is_left_and_every_seal_holds(article, writer, leaving, admin, client):
    comment = Comment.objects.create(
        page=article, user=leaving, text=f"I, {NAME}, wonder.", contentpath="title", position=""
    )
    review = submit(article, writer)
    approve(review, leaving, conflict_statement=f"{NAME} has no stake.", comment=f"{NAME}: fine.")
    call_command("publish_scheduled")
    ArticlePage.objects.get(pk=article.pk).save_revision(user=leaving)
    enqueue_mail("one", [EMAIL], "Hello tquill", f"Dear {NAME}, as tquill you may sign.")
    PageLogEntry.objects.create(
        page=article,
        user=leaving,
        action="wagtail.edit",
        timestamp=timezone.now(),
        label="x",
        data={"comment": NAME},
        content_type=article.content_type,
    )
    assert rows_with(LAST_NAME)
    row = PublishedArticle.objects.get()

    erased = erase(leaving, admin)

    assert [rows_with(words) for words in (LAST_NAME, EMAIL, "tquill")] == [[], [], []]
    assert (erased.left, [problem for problem in check_seals() if problem.weight == "broken"]) == ([], [])
    assert Comment.objects.get(pk=comment.pk).text == "[name removed]"
    assert MedicalReviewState.objects.get().answers == []
    assert REMOVED_NAME in client.get(row.address).content.decode()
    made = client.get(f"{row.address}made.json").json()["countersigned"]
    assert (made["by"], made["credentials"], made["openings"]) == (REMOVED_NAME, "", {})
    assert not client.login(username="tquill", password="x")
    assert Erasure.objects.get().user_id == leaving.pk


def test_the_name_goes_off_public_bylines_and_the_article_stays(article, writer, admin, client):
    Person.objects.filter(user=writer).update(name=NAME)
    person = Person.objects.get(user=writer) if Person.objects.filter(user=writer).exists() else None
    person = person or Person.objects.create(name=NAME, user=writer)
    draft = article.get_latest_revision_as_object()
    draft.authors = [type(draft).authors.rel.related_model(person=person)]
    draft.save_revision()
    publish(ArticlePage.objects.get(pk=article.pk))
    assert PublishedArticle.objects.get().authors == [NAME]

    erase_person(person=person, by=admin, reason=REASON)

    assert PublishedArticle.objects.get().authors == [REMOVED_AUTHOR]
    assert not rows_with(LAST_NAME)
    assert not list(check_seals())


def test_a_name_that_was_another_one_when_the_article_was_published_goes(section, reviewer, admin, client):
    person = PersonFactory(name=NAME)
    page = publish(ArticlePageFactory(parent=section, authors=[person]), reviewer)
    person.name = "Jane Laterly"
    person.save()

    erase_person(person=person, by=admin, reason=REASON)

    assert PublishedArticle.objects.get(page=page).authors == [REMOVED_AUTHOR]
    assert not rows_with(LAST_NAME)
    assert not list(check_seals())


def test_a_namesake_stays(section, reviewer, admin):
    leaving, staying = PersonFactory(name=NAME), PersonFactory(name=NAME)
    page = publish(ArticlePageFactory(parent=section, authors=[leaving, staying]), reviewer)

    erased = erase_person(person=leaving, by=admin, reason=REASON)

    row = PublishedArticle.objects.get(page=page)
    staying.refresh_from_db()
    assert (row.authors, row.author_ids, staying.name) == ([REMOVED_AUTHOR, NAME], [None, staying.pk], NAME)
    assert f"person {staying.pk}, name" in erased.left
    assert not list(check_seals())


def test_the_same_for_a_reader_who_reported_something(public_article, admin):
    for number in range(2):
        ReaderReport.objects.create(article=public_article, kind="wrong", words=f"I am {EMAIL} {number}", email=EMAIL)
    other = ReaderReport.objects.create(article=public_article, kind="wrong", words="A typo.", email="o@example.org")

    erased = erase_person(email=EMAIL.upper(), by=admin, reason=REASON)

    assert erased.record.counts["reports"] == 2
    assert not rows_with("quill.example")
    assert ReaderReport.objects.get(pk=other.pk).words == "A typo."


def test_comments_inside_revisions_are_emptied(article, leaving, admin):
    revision = article.get_latest_revision()
    revision.content["wagtail_admin_comments"] = [
        {"pk": 1, "user": leaving.pk, "text": "Mine.", "replies": [{"user": leaving.pk, "text": "Mine too."}]},
        {"pk": 2, "user": admin.pk, "text": "Not mine.", "replies": []},
    ]
    revision.save()

    erase(leaving, admin)

    comments = Revision.objects.get(pk=revision.pk).content["wagtail_admin_comments"]
    texts = [comments[0]["text"], comments[0]["replies"][0]["text"], comments[1]["text"]]
    assert texts == ["[name removed]", "[name removed]", "Not mine."]


def test_a_name_in_signed_words_or_a_draft_is_left_and_named(article, leaving, admin):
    edit(article, summary=f"{NAME} led the trial.")
    publish(article)

    erased = erase(leaving, admin)

    assert any(place.startswith("published article") or "content" in place for place in erased.left)
    assert not [problem for problem in check_seals() if problem.weight == "broken"]
    assert NAME in PublishedArticle.objects.get().summary


def test_erasing_twice_changes_nothing_more(article, leaving, admin):
    sign(article, leaving)
    erase(leaving, admin)

    again = erase(User.objects.get(pk=leaving.pk), admin)

    assert again.record.counts["signatures"] == 0
    assert not list(check_seals())


def test_who_signed_still_may_not_be_named_as_author(article, leaving, admin):
    line = sign(article, leaving)
    erase(leaving, admin)

    kept = SignOff.objects.get(pk=line.pk)
    assert (kept.reviewer_id, kept.person_id) == (leaving.pk, line.person_id)
    assert kept.answers == []
    assert kept.comment == kept.conflict_statement == kept.reviewer_credentials == ""


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"reason": " "}, "Say why"),
        ({"reason": f"{NAME} asked."}, "must not name"),
        ({"reason": "tquill asked."}, "must not name"),
        ({"user": None}, "Name an account"),
    ],
)
def test_what_is_unclear_is_refused_and_nothing_erased(article, leaving, admin, values, says):
    sign(article, leaving)

    with pytest.raises(ValidationError, match=says):
        erase_person(**{"user": leaving, "by": admin, "reason": REASON} | values)

    assert SignOff.objects.get().reviewer_name == NAME


def test_only_administrators_erase(leaving, editor):
    with pytest.raises(PermissionDenied):
        erase(leaving, editor)


def test_names_of_one_word_are_taken_out_only_where_they_stand_alone():
    identity = Identity()
    for name in ("May", "May Lin", "may@example.org"):
        identity.add(name)

    assert identity.without("It may rain. May Lin, MAY LIN and Maylin wrote to may@example.org.") == (
        "It may rain. [name removed], [name removed] and Maylin wrote to [name removed]."
    )
    assert identity.without("May") == "[name removed]"


def test_the_database_erases_and_takes_no_other_change(article, leaving):
    sign(article, leaving)
    for model, values in (
        (SignOffPersonal, {"name": "Somebody Else"}),
        (SignOffPersonal, {"salt": ""}),
        (SealedContent, {"canonical": ""}),
        (SealedContent, {"canonical": "v1:{}", "removed_at": timezone.now()}),
        (SealedContent, {"removed_at": timezone.now()}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.update(**values)


def test_the_command_asks_reports_and_refuses_in_words(article, leaving, admin, monkeypatch):
    sign(article, leaving)
    named = {"user": "tquill", "reason": REASON, "by": admin.username}
    monkeypatch.setattr("builtins.input", lambda words: "no")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_person", **named)
    for wrong in ({"user": "nobody"}, {"by": "nobody"}, {"person": 0}, {"by": "tquill"}):
        with pytest.raises(CommandError):
            call_command("erase_person", yes=True, **named | wrong)
    out = StringIO()

    with pytest.raises(SystemExit):  # a test's transaction cannot be scrubbed after
        call_command("erase_person", yes=True, stdout=out, **named)

    assert "signatures: 1" in out.getvalue()
    assert not rows_with(LAST_NAME)


@pytest.mark.parametrize("is_linked", [True, False])
def test_an_account_is_not_erased_with_the_entry_of_somebody_else(article, leaving, editor, admin, is_linked):
    sign(article, leaving)
    other = editor.person if is_linked else PersonFactory(user=None, name="Ada Other")

    with pytest.raises(ValidationError, match="two people"):
        erase_person(user=leaving, person=other, reason=REASON, by=admin)

    other.refresh_from_db()
    assert other.name != REMOVED_AUTHOR
    assert rows_with(LAST_NAME)


def test_scrubbing_waits_for_the_transaction_that_erased():
    with pytest.raises(RuntimeError, match="after the transaction"):
        scrub(connection)


@pytest.fixture
def removal(public_article, editor):
    """A request that the words of the public article be removed."""
    return removing.ask(PublishedArticle.objects.get().digest, "A court ordered it.", editor)


def test_two_people_remove_words_and_every_proof_still_verifies(removal, public_article, client, settings, admin):
    settings.CHECKPOINT_KEY = new_key()
    make_due(timezone.now())
    row = PublishedArticle.objects.get()
    seal = client.get(f"{row.address}made.json").json()["seal"]
    edit(
        ArticlePage.objects.get(pk=public_article.pk),
        title="Quite another title",
        summary="x",
        key_takeaway="y",
        body=[],
    )
    words = "fewer people had a relapse"
    sentence = "Fewer people had a relapse in that year."
    for said in (sentence, "Another sentence."):
        FindingDismissal.objects.create(subject_uuid=public_article.subject_uuid, key=said, sentence=said, reason="Ok")
    FormState.objects.create(
        data=f"summary={sentence}",
        user=admin,
        content_type=public_article.content_type,
        object_id=public_article.pk,
        last_updated_at=timezone.now(),
    )
    aside = {"field": "summary", "kind": "background", "note": sentence}
    older = public_article.get_latest_revision()
    Revision.objects.filter(pk=older.pk).update(content={**older.content, "claims_set_aside": [aside]})
    assert rows_with(words)

    record = removing.remove(removal, admin)

    stone = SealedContent.objects.get(pk=row.digest)
    assert (stone.canonical, stone.removed_reason) == ("", "A court ordered it.")
    assert (stone.removed_by, stone.removed_with) == (removal.asked_by_id, admin.pk)
    assert record.counts["public"] == 1
    assert client.get(row.address).status_code == 410
    assert client.get("/.well-known/countersign/lines/1").json()["line"] == seal["line"]
    assert not [problem for problem in check_seals() if problem.weight == "broken"]
    FindingDismissal.objects.filter(key=sentence).update(key="a hash in truth")
    assert {table for table, _ in rows_with(words)} == set()
    assert [told.sentence for told in FindingDismissal.objects.all()] == ["", "Another sentence."]


def test_the_words_of_a_shared_text_are_removed_too(editor, admin):
    line = sign_text_of(GlossaryTermFactory(plain_words="Words that a court forbade."))

    removing.remove(removing.ask(line.digest, "A court ordered it.", editor), admin)

    assert not PublishedText.objects.exists()
    assert SealedContent.objects.get(pk=line.digest).canonical == ""
    assert not [problem for problem in check_seals() if problem.weight == "broken"]


def test_one_person_alone_removes_nothing(removal, editor, writer):
    for user in (editor, writer):
        with pytest.raises(PermissionDenied):
            removing.remove(removal, user)

    assert SealedContent.objects.get(pk=removal.digest).canonical


def test_a_removal_is_decided_once(removal, admin):
    removing.decline(removal, admin)

    with pytest.raises(PermissionDenied, match="decided before"):
        removing.remove(removal, admin)
    assert ContentRemovalRequest.objects.get().closed_at


@pytest.mark.parametrize(("digest", "reason"), [("0" * 64, "Why."), (None, " ")])
def test_a_request_needs_words_and_a_reason(public_article, editor, digest, reason):
    with pytest.raises(PermissionDenied):
        removing.ask(digest or PublishedArticle.objects.get().digest, reason, editor)


def test_removed_words_are_not_signed_again(removal, public_article, admin):
    removing.remove(removal, admin)

    with pytest.raises(WordsRemoved, match="cannot be signed again"):
        sign(public_article)


def test_previews_of_removed_words_go(removal, public_article, admin):
    PreviewLink.objects.create(
        article=public_article,
        digest=removal.digest,
        content="x",
        saved_at=timezone.now(),
        token_hash="t",
        label="l",
        created_at=timezone.now(),
        expires_at=timezone.now(),
    )

    removing.remove(removal, admin)

    assert not PreviewLink.objects.exists()


def files_of(row):
    return names_in(row.pictures)


def with_figure(section, image, reviewer, **values):
    return publish(ArticlePageFactory(parent=section, body=blocks.body(blocks.figure(image)), **values), reviewer)


def test_pictures_go_with_the_words_unless_others_show_them(
    section, reviewer, editor, admin, django_capture_on_commit_callbacks
):
    image, own = ImageFactory(), ImageFactory(file__color="red")
    both = blocks.body(blocks.figure(image), blocks.figure(own))
    removed = publish(ArticlePageFactory(parent=section, body=both), reviewer)
    other = with_figure(section, image, reviewer, slug="other")
    rows = {row.page_id: row for row in PublishedArticle.objects.all()}
    kept = files_of(rows[other.pk])
    gone = files_of(rows[removed.pk]) - kept

    with django_capture_on_commit_callbacks(execute=True):
        removing.remove(removing.ask(rows[removed.pk].digest, "A court ordered it.", editor), admin)

    assert gone
    assert not any(default_storage.exists(name) for name in gone)
    assert all(default_storage.exists(name) for name in kept)
    assert not any(submission.content for submission in Submission.objects.filter(digest=rows[removed.pk].digest))
    again = with_figure(section, own, reviewer, slug="again")
    assert all(default_storage.exists(name) for name in files_of(PublishedArticle.objects.get(page_id=again.pk)))


def test_a_review_whose_words_were_removed_says_so(removal, public_article, writer, reviewer, admin, client):
    state = submit(public_article, writer)
    client.force_login(reviewer)
    removing.remove(removal, admin)

    response = client.get(reverse("research_review", args=[state.pk]))

    assert "not on record any more" in response.content.decode()
    assert client.get(reverse("research_review_preview", args=[state.pk])).status_code == 404


def test_a_photo_goes_with_every_file_that_was_made_of_it(leaving, admin, django_capture_on_commit_callbacks):
    photo = ImageFactory(file__color="green")
    Person.objects.filter(user=leaving).update(photo=photo)
    master = PictureMaster.objects.get(images=photo)

    with django_capture_on_commit_callbacks(execute=True):
        erase(leaving, admin)

    assert not PictureMaster.objects.filter(pk=master.pk).exists()
    assert not default_storage.exists(master.file.name)


def test_a_contributors_photo_stays_that_removed_words_showed(
    section, reviewer, editor, admin, django_capture_on_commit_callbacks
):
    image = ImageFactory()
    page = with_figure(section, image, reviewer)
    person = page.authors.all()[0].person
    person.photo = image
    with django_capture_on_commit_callbacks(execute=True):
        person.save()
    person.refresh_from_db()
    photo = names_in({"": person.photo_sizes})
    assert photo <= files_of(PublishedArticle.objects.get())

    with django_capture_on_commit_callbacks(execute=True):
        removing.remove(removing.ask(PublishedArticle.objects.get().digest, "A court ordered it.", editor), admin)

    assert all(default_storage.exists(name) for name in photo)


def away(*names):
    raise OSError("the store is away")


def test_a_photo_goes_from_a_store_that_was_away_when_its_person_was_erased(
    leaving, admin, monkeypatch, django_capture_on_commit_callbacks
):
    photo = ImageFactory(file__color="green")
    Person.objects.filter(user=leaving).update(photo=photo)
    master = photo.master.file.name
    with monkeypatch.context() as broken, django_capture_on_commit_callbacks(execute=True):
        broken.setattr(default_storage, "delete", away)
        erase(leaving, admin)
    assert default_storage.exists(master)

    deliver_due(timezone.now())

    assert not default_storage.exists(master)


def test_pictures_of_removed_words_go_from_a_store_that_was_away(
    section, reviewer, client, editor, admin, monkeypatch, django_capture_on_commit_callbacks
):
    page = with_figure(section, ImageFactory(), reviewer)
    client.get(f"{page.url}share.png")
    row = PublishedArticle.objects.get()
    files = {*files_of(row), *map(public_name, files_of(row))}
    shared = f"share/{row.subject_uuid}"
    assert default_storage.listdir(shared)[1]
    with monkeypatch.context() as broken, django_capture_on_commit_callbacks(execute=True):
        broken.setattr(default_storage, "delete", away)
        removing.remove(removing.ask(row.digest, "A court ordered it.", editor), admin)
    assert all(default_storage.exists(name) for name in files)

    deliver_due(timezone.now())

    assert not any(default_storage.exists(name) for name in files)
    assert default_storage.listdir(shared)[1] == []


def test_copies_that_a_killed_release_left_public_go_with_removed_words(
    section, reviewer, editor, admin, django_capture_on_commit_callbacks
):
    page = ArticlePageFactory(parent=section, body=blocks.body(blocks.figure(ImageFactory())))
    line = sign(page, reviewer)
    frozen = Submission.objects.get(digest=line.digest).pictures
    publish_copies(frozen)

    with django_capture_on_commit_callbacks(execute=True):
        removing.remove(removing.ask(line.digest, "A court ordered it.", editor), admin)

    assert not any(default_storage.exists(public_name(name)) for name in names_in(frozen))
