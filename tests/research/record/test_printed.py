"""What readers see a study under is watched, whatever its record says by now; and only editors change it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from research.audit import DRIFTED, check_seals
from research.models import AlsoCited, ArticlePage, FormerIdentifier, Study, StudyProposal
from research.record import sentinel
from research.record.decisions import accept_proposal
from research.record.importing import import_record
from research.record.joining import join
from research.sources.errors import SourceNotFound, SourceUnavailable
from research.sources.records import Source, SourceRecord
from tests.factories import ArticlePageFactory, StudyFactory, edit, publish
from tests.research.record.test_sentinel import CLEAR, FakeChecker, notice

pytestmark = pytest.mark.django_db

PRINTED = "10.1000/printed"
ANOTHER = "10.1000/another"
RETRACTED = "This study was retracted"
FORM = {
    "filled_with": "{}",
    "kind": "journal_article",
    "authors": "",
    "funding": "",
    "interests": "",
    "url": "",
    "date_as_given": "",
}


class Crossref(FakeChecker):
    """Knows each work by its DOI alone: those given are retracted, of the others nothing happened."""

    def __init__(self, *retracted, unknown=(), down=()):
        super().__init__({}, name="Crossref")
        self.retracted, self.unknown, self.down = retracted, unknown, down

    def can_ask(self, study):
        return bool(study.doi)

    def ask(self, studies):
        self.asked += [study.doi for study in studies]
        return {study.pk: self._answer(study.doi) for study in studies}

    def _answer(self, doi):
        if doi in self.unknown:
            return SourceNotFound(self.name, "does not know this DOI")
        if doi in self.down:
            return SourceUnavailable(self.name, "no answer")
        return SourceRecord(Source.CROSSREF, doi=doi, notices=(notice(),) if doi in self.retracted else ())


@pytest.fixture
def study(db):
    return StudyFactory(doi=PRINTED, pmid=None, title="A trial of rest")


@pytest.fixture(params=["rated", "also cited"])
def page(section, reviewer, study, request):
    """An article that is public about the study, or cites it beside another."""
    if request.param == "rated":
        return publish(ArticlePageFactory(parent=section, study=study, title="Fewer relapses"), reviewer)
    draft = ArticlePageFactory(parent=section, title="Fewer relapses")
    return publish(edit(draft, also_cited=[AlsoCited(study=study)]), reviewer)


def renumber(study, doi):
    study.doi = doi
    study.save()


def post(client, person, study, **values):
    client.force_login(person)
    address = reverse("research_study_modeladmin_edit", args=[study.pk])
    shown = client.get(address).content.decode()
    given = FORM | {"title": study.title, "doi": study.doi or "", "pmid": study.pmid or "", "authors_complete": "on"}
    told = client.post(address, given | values).content.decode()
    client.logout()
    study.refresh_from_db()
    return shown, told


@pytest.mark.parametrize("values", [{"doi": ANOTHER}, {"doi": ""}, {"pmid": "77"}, {"is_example": "on"}], ids=str)
def test_a_writer_changes_nothing_by_which_a_public_article_is_watched(page, study, writer, client, values):
    shown, told = post(client, writer, study, **values)

    assert (study.doi, study.pmid, study.is_example) == (PRINTED, None, False)
    assert "Readers of “Fewer relapses” see this study as it stands here" in told
    assert "Readers of “Fewer relapses” see it" in shown


def test_a_writer_makes_of_a_public_preprint_nothing_that_fewer_are_asked_about(page, study, writer, client):
    Study.objects.filter(pk=study.pk).update(kind=Study.Kind.PREPRINT)
    study.refresh_from_db()

    _, told = post(client, writer, study, kind="journal_article")

    assert study.kind == Study.Kind.PREPRINT
    assert "retractions are found by its numbers and its kind" in told


def test_a_writer_changes_the_rest_of_it_and_the_number_of_what_is_not_public(page, study, writer, client):
    draft = StudyFactory(doi="10.1000/draft", pmid=None)

    post(client, writer, study, title="Another title", kind="report")
    post(client, writer, draft, doi=ANOTHER)

    assert (study.title, study.kind, draft.doi) == ("Another title", "report", ANOTHER)


@pytest.mark.parametrize("doi", [ANOTHER, ""])
def test_a_retraction_of_the_doi_that_readers_see_reaches_them_by_the_sentinel(page, study, editor, client, doi):
    post(client, editor, study, doi=doi)
    assert study.doi == (doi or None)
    source = Crossref(PRINTED)

    sentinel.run([source], timezone.now())

    assert set(source.asked) >= {PRINTED, *filter(None, [doi])}
    assert "was retracted" in client.get(page.url).content.decode()


@pytest.mark.parametrize("doi", [ANOTHER, None])
def test_a_retraction_of_the_doi_that_readers_see_reaches_them_by_an_import(page, study, client, doi):
    renumber(study, doi)

    plan = import_record(SourceRecord(Source.CROSSREF, doi=PRINTED, title="A trial of rest", notices=(notice(),)))

    assert plan.study == study
    assert "was retracted" in client.get(page.url).content.decode()
    assert StudyProposal.objects.get(field="doi").theirs == PRINTED


def test_a_retraction_under_the_new_number_reaches_them_too(page, study, client):
    renumber(study, ANOTHER)

    sentinel.run([Crossref(ANOTHER)], timezone.now())

    assert "was retracted" in client.get(page.url).content.decode()


def test_a_new_number_is_asked_about_at_once(page, study):
    sentinel.run([Crossref()], timezone.now())
    renumber(study, ANOTHER)
    source, now = Crossref(ANOTHER), timezone.now()

    sentinel.run([source], now + timedelta(minutes=10))
    sentinel.run([source], now + timedelta(minutes=20))

    assert source.asked == [ANOTHER, PRINTED]
    study.refresh_from_db()
    assert study.status == Study.Status.RETRACTED


def test_both_numbers_are_asked_before_a_publication(page, study):
    renumber(study, ANOTHER)
    source = Crossref(PRINTED)

    sentinel.check_now(study, [source], timezone.now())

    assert source.asked == [ANOTHER, PRINTED]
    assert study.status == Study.Status.RETRACTED


def test_a_check_under_one_number_that_fails_is_no_clear_check(page, study):
    renumber(study, ANOTHER)

    sentinel.run([Crossref(down=[PRINTED])], timezone.now())

    study.refresh_from_db()
    assert study.checked_at is None
    assert study.check_failed_since is not None


def test_a_number_that_no_source_knows_hides_no_answer_under_the_other(page, study):
    renumber(study, ANOTHER)

    sentinel.run([Crossref(PRINTED, unknown=[ANOTHER])], timezone.now())

    study.refresh_from_db()
    assert study.status == Study.Status.RETRACTED


def test_what_no_article_prints_any_more_is_not_asked(section, reviewer, study):
    page = publish(ArticlePageFactory(parent=section, study=study, title="Fewer relapses"), reviewer)
    renumber(study, ANOTHER)
    publish(edit(ArticlePage.objects.get(pk=page.pk), summary="Another summary."), reviewer)
    source = Crossref(PRINTED)

    sentinel.run([source], timezone.now())
    plan = import_record(SourceRecord(Source.CROSSREF, doi=PRINTED, title="Another work", notices=(notice(),)))

    assert set(source.asked) == {ANOTHER}
    assert plan.study != study
    study.refresh_from_db()
    assert study.status == Study.Status.NONE_KNOWN


def test_a_number_that_was_wrong_before_anything_was_public_is_not_asked(section, reviewer):
    study = StudyFactory(doi="10.1000/typo", pmid=None)
    renumber(study, PRINTED)
    publish(ArticlePageFactory(parent=section, study=study), reviewer)
    source = Crossref("10.1000/typo")

    sentinel.run([source], timezone.now())

    assert source.asked == [PRINTED]


def test_no_second_record_takes_the_number_that_readers_see(page, study, writer, client):
    renumber(study, ANOTHER)
    client.force_login(writer)

    told = client.post(reverse("research_study_modeladmin_create"), FORM | {"title": "A twin", "doi": PRINTED})

    assert "belongs to a study that is here" in told.content.decode()
    assert not Study.objects.filter(doi=PRINTED).exists()


def test_an_import_gives_a_public_study_no_further_number_and_proposes_it(page, study, writer, editor):
    import_record(SourceRecord(Source.RIS, doi=PRINTED, pmid="77", title=study.title))

    study.refresh_from_db()
    assert study.pmid is None
    proposal = StudyProposal.objects.get(field="pmid")
    with pytest.raises(ValidationError, match="Only an editor"):
        accept_proposal(proposal, writer, timezone.now())
    accept_proposal(proposal, editor, timezone.now())
    study.refresh_from_db()
    assert study.pmid == "77"


def test_what_is_printed_stays_watched_when_its_study_is_joined_to_another(section, reviewer, study, editor, client):
    page = publish(ArticlePageFactory(parent=section, study=study, title="Fewer relapses"), reviewer)
    renumber(study, None)
    survivor = StudyFactory(doi=None, pmid="4711", title=study.title)
    FormerIdentifier.objects.get()

    with pytest.raises(ValidationError, match="public in the words of the other record"):
        _join(survivor, study, editor)
    _join(study, survivor, editor)
    sentinel.run([Crossref(PRINTED)], timezone.now())

    assert RETRACTED in client.get(page.url).content.decode()


def _join(survivor, other, editor):
    try:
        join(survivor, other, editor, "The same work.", timezone.now())
    except Exception as error:
        raise ValidationError(str(error)) from error


def told_by_audit():
    return [(problem.weight, problem.words) for problem in check_seals() if PRINTED in problem.words]


def test_the_audit_tells_of_a_number_that_readers_see_and_the_record_has_no_more(page, study):
    assert told_by_audit() == []

    renumber(study, ANOTHER)
    both = f"Readers see the DOI {PRINTED}; its study's record has another. Both are watched."
    assert told_by_audit() == [(DRIFTED, both)]

    FormerIdentifier.objects.all().delete()
    nobody = f"Nobody watches the DOI {PRINTED} that readers see: its study's record has another."
    assert told_by_audit() == [(DRIFTED, nobody)]


def test_a_study_that_no_article_prints_otherwise_costs_no_statement(page, study, django_assert_num_queries):
    sentinel.run([CLEAR], timezone.now())
    other = StudyFactory()
    ArticlePageFactory(parent=page.get_parent().specific, study=other)
    renumber(other, "10.1000/renumbered")

    with django_assert_num_queries(1):
        sentinel.all_printed_otherwise(Study.objects.filter(pk=study.pk))
