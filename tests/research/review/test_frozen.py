"""What was read is what is signed: one person changes what an article rests on while another reads it.

Each change is made after submission, over HTTP the reviewer opens the screen, and countersigns with the form
that the screen gave them.
"""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from research.models import (
    AlsoCited,
    ArticlePage,
    MedicalReviewState,
    PublishedArticle,
    SignOff,
    Submission,
)
from research.publishing.public_row import revoke
from research.review.frozen import Shown
from research.review.signing import WordsChanged
from tests.factories import (
    ANSWERS,
    ArticlePageFactory,
    GlossaryTermFactory,
    ImageFactory,
    JournalFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicIndexPageFactory,
    all_ticks,
    approve,
    blocks,
    edit,
    sign_text_of,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(section, writer):
    """An article with every kind of linked record and picture."""
    return ArticlePageFactory(
        parent=section,
        by=writer,
        title="Fewer relapses",
        body=blocks.body(blocks.text(), blocks.figure(ImageFactory()), blocks.glossary_term(GlossaryTermFactory())),
        lead_image=ImageFactory(file__color="green"),
        lead_image_alternative_text="A drawing",
        also_cited=[AlsoCited(study=StudyFactory(title="An earlier trial"))],
    )


@pytest.fixture
def state(full, writer):
    return submit(full, writer)


def screen(client, state):
    return client.get(reverse("research_review", args=[state.pk]))


def form_of(response):
    """Return the data of the review form as the screen gave it, every item answered "yes"."""
    page = BeautifulSoup(response.content, "html.parser")
    hidden = {field["name"]: field.get("value", "") for field in page.select("#review-form input[type=hidden]")}
    answers = {f"{key}-answer": "yes" for key in ANSWERS}
    ticks = all_ticks(MedicalReviewState.objects.get().submission)
    return hidden | answers | {"stake": "none", "ticks": ticks, "opened": "yes"}


def countersign(client, state, data):
    return client.post(reverse("research_review", args=[state.pk]), data)


def its_study(page):
    page.study.interests = "Paid by the maker."
    page.study.save()


def its_journal(page):
    page.study.journal.name = "Another Journal"
    page.study.journal.save()


def a_study_also_cited(page):
    study = page.also_cited.first().study
    study.title = "A later trial"
    study.save()


def the_journal_of_a_study_also_cited(page):
    journal = page.also_cited.first().study.journal
    journal.kind = "preprint_server"
    journal.save()


def its_picture(page):
    replace_file(page.lead_image)


def the_picture_of_a_figure(page):
    replace_file(page.body[0].value[1].value["image"])


def replace_file(image):
    other = ImageFactory(file__color="red")
    image.file, image.file_hash = other.file, other.file_hash
    image.save()


def a_notice_on_its_study(page):
    StudyNoticeFactory(study=page.study, kind="retraction")


def a_notice_on_a_study_also_cited(page):
    StudyNoticeFactory(study=page.also_cited.first().study, kind="expression_of_concern")


def its_draft(page):
    edit(page, title="Other words behind the lock")


def its_section(page):
    ArticlePage.objects.get(pk=page.pk).move(TopicIndexPageFactory(slug="other"), pos="last-child")


CHANGES = [
    its_section,
    its_study,
    its_journal,
    a_study_also_cited,
    the_journal_of_a_study_also_cited,
    its_picture,
    the_picture_of_a_figure,
    a_notice_on_its_study,
    a_notice_on_a_study_also_cited,
    its_draft,
]
EVERY_CHANGE = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)


@EVERY_CHANGE
def test_what_changed_while_the_form_was_open_is_not_signed(client, full, state, reviewer, change):
    client.force_login(reviewer)
    data = form_of(screen(client, state))
    change(full)

    response = countersign(client, state, data | {"comment": "Typed with care"})

    assert response.status_code == 400
    assert not SignOff.objects.filter(subject_type="article").exists()
    assert "Take the new version into review" in response.content.decode()
    assert "Typed with care" in response.content.decode()


@EVERY_CHANGE
def test_what_changed_before_it_was_opened_is_named_and_the_new_version_is_offered(
    client, full, state, reviewer, change
):
    change(full)
    client.force_login(reviewer)

    page = BeautifulSoup(screen(client, state).content, "html.parser")

    assert "This version cannot be signed any more" in page.get_text()
    assert not page.find_all("button", string=lambda words: words and "Countersign" in words)
    assert page.select("ins, del") or "New on" in page.get_text()


@EVERY_CHANGE
def test_the_new_version_is_taken_into_review_read_and_signed(client, full, state, reviewer, change):
    change(full)
    client.force_login(reviewer)

    client.post(reverse("research_take_new_version", args=[state.pk]))
    countersign(client, state, form_of(screen(client, state)))

    line = SignOff.objects.get(subject_type="article")
    assert line.digest == Submission.objects.first().digest
    assert MedicalReviewState.objects.get(pk=state.pk).status == "approved"


def test_there_and_back_again_shows_and_signs_one_text(client, full, state, reviewer):
    """A, submit, B, the reviewer reads, A, countersign: what was read is A."""
    study = full.study
    said = study.interests
    study.interests = "Paid by the maker."
    study.save()
    client.force_login(reviewer)
    frame = client.get(reverse("research_review_preview", args=[state.pk])).content.decode()
    data = form_of(screen(client, state))
    study.interests = said
    study.save()

    countersign(client, state, data)

    assert "Paid by the maker." not in frame
    assert said in frame
    assert said in SignOff.objects.get(subject_type="article").content


def test_a_retraction_that_arrives_while_the_form_is_open_is_not_recorded_as_considered(state, full, reviewer):
    shown = Shown.of(state.submission)
    StudyNoticeFactory(study=full.study, kind="retraction")

    with pytest.raises(WordsChanged, match="retraction"):
        approve(state, reviewer, shown=shown)

    assert not SignOff.objects.exists()


@pytest.mark.parametrize(
    "shown",
    [Shown("0" * 64), Shown(""), None],
    ids=["another digest", "none", "no form"],
)
def test_a_form_that_was_shown_with_something_else_signs_nothing(state, reviewer, shown):
    with pytest.raises(Exception, match=r"another version|review screen"):
        approve(state, reviewer, shown=shown)

    assert not SignOff.objects.exists()


def test_a_form_that_left_a_notice_out_signs_nothing(full, writer, reviewer):
    StudyNoticeFactory(study=full.study, kind="correction")
    state = submit(full, writer)

    with pytest.raises(WordsChanged, match="another version"):
        approve(state, reviewer, shown=Shown(state.submission.digest))


def test_a_submission_that_was_written_over_signs_nothing(state, reviewer):
    Submission.objects.update(content=state.submission.content.replace("Fewer", "More"))

    with pytest.raises(WordsChanged, match="not on record any more"):
        approve(MedicalReviewState.objects.get(pk=state.pk), reviewer)


def test_the_pinned_version_is_signed_and_no_newer_revision_of_the_same_words(full, state, reviewer):
    full.get_latest_revision_as_object().save_revision()

    with pytest.raises(WordsChanged, match="newer draft"):
        approve(MedicalReviewState.objects.get(pk=state.pk), reviewer)


def test_the_frame_shows_the_version_its_screen_was_opened_with(client, full, state, reviewer):
    client.force_login(reviewer)
    frame = BeautifulSoup(screen(client, state).content, "html.parser").iframe["src"]
    its_study(full)
    state.take_new_version(reviewer)

    assert "Paid by the maker." not in client.get(frame).content.decode()
    assert "Paid by the maker." in client.get(reverse("research_review_preview", args=[state.pk])).content.decode()


def test_a_frame_of_another_articles_version_is_not_found(client, state, section, writer, reviewer):
    other = submit(ArticlePageFactory(parent=section, by=writer), writer)
    client.force_login(reviewer)

    address = reverse("research_review_preview", args=[state.pk])

    assert client.get(f"{address}?version={other.submission_id}").status_code == 404


@pytest.mark.parametrize("values", [{"plain_words": "Other plain words."}, {"term": "another term"}, None])
def test_a_changed_glossary_term_is_shown_and_blocks_only_as_another_term_or_unsigned(
    client, section, writer, reviewer, values
):
    term = GlossaryTermFactory(term="relapse")
    line = sign_text_of(term)
    page = ArticlePageFactory(parent=section, by=writer, body=blocks.body(blocks.glossary_term(term), blocks.text()))
    state = submit(page, writer)
    if values is None:
        revoke(line, reviewer, "It was wrong.")
    else:
        for name, value in values.items():
            setattr(term, name, value)
        term.save()
        sign_text_of(term)
    client.force_login(reviewer)

    text = screen(client, state).content.decode()

    assert "Glossary terms signed anew" in text
    assert ("cannot be signed any more" in text) == (values is None or "term" in values)


def test_readers_get_the_pictures_that_were_frozen(full, state, reviewer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        approve(state, reviewer)

    row, line = PublishedArticle.objects.get(), SignOff.objects.get(subject_type="article")
    assert row.pictures == state.submission.pictures
    assert line.pictures == state.submission.file_hashes()
    assert set(line.pictures) == {"lead", full.body[0].value[1].value["image"].master_id}
    assert all(len(hashed) == 64 for files in line.pictures.values() for hashed in files)


def test_an_incomplete_new_version_is_not_taken_into_review(client, full, state, reviewer):
    edit(full, summary="")
    client.force_login(reviewer)

    response = client.post(reverse("research_take_new_version", args=[state.pk]), follow=True)

    assert "cannot be reviewed" in response.content.decode()
    assert MedicalReviewState.objects.get(pk=state.pk).submission_id == state.submission_id


def test_what_was_typed_survives_taking_the_new_version(client, full, state, reviewer):
    its_study(full)
    client.force_login(reviewer)

    typed = {"comment": "Say how many.", "numbers-note": "Two of three", "shown_digest": "old"}
    text = client.post(reverse("research_take_new_version", args=[state.pk]), typed).content.decode()

    assert "Say how many." in text
    assert "Two of three" in text
    assert Submission.objects.first().digest in text


def test_a_writer_takes_no_version_into_review(client, full, state, writer):
    client.force_login(writer)

    client.post(reverse("research_take_new_version", args=[state.pk]))

    assert Submission.objects.count() == 1


def test_nothing_public_follows_a_change_of_a_journal_after_the_signature(
    client, full, state, reviewer, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        approve(state, reviewer)
    journal = JournalFactory._meta.model.objects.get(pk=full.study.journal_id)
    journal.name = "Another Journal"
    journal.save()

    assert "Another Journal" not in client.get(ArticlePage.objects.get(pk=full.pk).url).content.decode()
