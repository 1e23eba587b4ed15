"""A study's full text is stored by who keeps its record, and passages are quoted from it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from research.checking.claims import ClaimKind, claims_of
from research.checking.passages import find_passage
from research.content.article import content_of
from research.models import FullText, Study
from research.review.claims.links import declare
from research.review.claims.texts import source_texts
from tests.factories import StudyFactory, publish
from tests.research.sources.test_jats import ARTICLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return StudyFactory(abstract=[["", "Short."]])


def store(client, study, **data):
    return client.post(reverse("research_full_text", args=[study.pk]), {"origin": "Europe PMC", **data})


def test_a_pasted_text_can_be_quoted_from(client, study, editor):
    client.force_login(editor)

    assert store(client, study, text="Relapses fell.\n\nFatigue did not change.").status_code == 302

    text = source_texts(study)[-1]
    passage = find_passage("Fatigue did not change", text)
    assert passage.locator == "full_text@15-37"
    assert passage.study == str(study.subject_uuid)


def test_a_jats_file_brings_its_headings_and_its_licence(client, study, editor):
    client.force_login(editor)

    store(client, study, file=SimpleUploadedFile("article.xml", ARTICLE.encode()))

    study.refresh_from_db()
    assert study.licence == "CC BY 4.0"
    assert source_texts(study)[-1].label_at(0) == "Results"
    assert FullText.objects.get().changed_by == editor


@pytest.mark.parametrize(
    "data",
    [{}, {"text": " \n "}, {"text": "Words.", "origin": ""}, {"file": SimpleUploadedFile("a.xml", b"<html/>")}],
)
def test_nothing_is_stored_of_what_cannot_be_read(client, study, editor, data):
    client.force_login(editor)

    assert store(client, study, **data).status_code == 400
    assert not FullText.objects.exists()


def test_it_is_removed_with_one_click(client, study, editor):
    FullText.objects.create(study=study, parts=[["", "Words of it."]], origin="Pasted")
    client.force_login(editor)

    store(client, study, remove="1")

    assert [text.kind for text in source_texts(Study.objects.get(pk=study.pk))] == ["abstract"]


@pytest.mark.parametrize("role", ["reviewer"])
def test_who_keeps_no_record_stores_no_text(client, study, role, request):
    client.force_login(request.getfixturevalue(role))

    assert store(client, study, text="Words of it.").status_code in (302, 403)
    assert not FullText.objects.exists()


def test_the_record_says_whether_a_text_is_stored(client, study, editor):
    client.force_login(editor)
    address = reverse("research_study_record", args=[study.pk])
    assert "No full text is stored" in client.get(address).content.decode()

    FullText.objects.create(study=study, parts=[["", "Words of it."]], origin="The journal")

    assert "Full text stored, from The journal" in client.get(address).content.decode()


def test_the_record_names_public_articles_whose_claims_lost_their_text(client, article, writer, reviewer, editor):
    study = article.study
    FullText.objects.create(study=study, parts=[["", "Relapses were rarer in one year."]], origin="The journal")
    draft = article.get_latest_revision_as_object()
    title = next(claim for claim in claims_of(content_of(draft)) if claim.text == article.title)
    declare(draft, title.key, ClaimKind.SUPPORTED, [find_passage("Relapses were rarer", source_texts(study)[-1])])
    draft.save_revision(user=writer)
    publish(draft, reviewer)
    client.force_login(editor)
    address = reverse("research_study_record", args=[study.pk])
    assert "1 signed claim" not in client.get(address).content.decode()

    FullText.objects.filter(study=study).update(parts=[["", "Relapses were not rarer after all."]])

    assert "1 signed claim of “Fewer relapses”" in client.get(address).content.decode()


def test_the_licence_changes_without_the_text(client, study, editor):
    FullText.objects.create(study=study, parts=[["Results", "Words of it."]], origin="Pasted")
    client.force_login(editor)

    store(client, study, licence="CC BY 4.0")

    study.refresh_from_db()
    assert study.licence == "CC BY 4.0"
    assert FullText.objects.get().parts == [["Results", "Words of it."]]
