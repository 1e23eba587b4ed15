from datetime import date
from itertools import permutations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from research.models import Journal, Study, StudyNotice
from research.sources.standing import standing
from tests.factories import JournalFactory, StudyFactory, StudyNoticeFactory, TopicFactory, reviewer_user

pytestmark = pytest.mark.django_db

FORM = {"kind": "journal_article", "authors": "", "funding": "", "interests": "", "url": "", "date_as_given": ""}


def add_study(client, **values):
    return client.post(reverse("research_study_modeladmin_create"), FORM | {"title": "A study"} | values)


@pytest.mark.parametrize(
    "values",
    [
        {"doi": "10.1000/Upper"},
        {"month": 13, "year": 2018},
        {"month": 0, "year": 2018},
        {"month": 5, "year": None},
        {"day": 3, "month": None},
        {"day": 32},
    ],
)
def test_the_database_refuses_what_cannot_be(values):
    study = StudyFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(**values)


@pytest.mark.parametrize("field", ["doi", "pmid"])
def test_an_identifier_belongs_to_one_study(field):
    first = StudyFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        StudyFactory(**{field: getattr(first, field)})


def test_the_same_doi_written_otherwise_is_the_same_doi():
    StudyFactory(doi="10.1000/abc")

    with pytest.raises(IntegrityError), transaction.atomic():
        StudyFactory(doi="https://doi.org/10.1000/ABC.")


def test_many_studies_have_no_identifier():
    StudyFactory(doi="", pmid="")
    StudyFactory(doi=None, pmid=None)

    assert Study.objects.filter(doi=None, pmid=None).count() == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"year": 2018, "month": 5, "day": 3}, "3 May 2018"),
        ({"year": 2018, "month": 5, "day": None}, "May 2018"),
        ({"year": 2018, "month": None, "day": None}, "2018"),
        ({"year": None, "month": None, "day": None, "date_as_given": "1947-1948"}, "1947-1948"),
        ({"year": None, "month": None, "day": None}, ""),
    ],
)
def test_a_date_has_the_precision_that_is_known_and_no_more(given, words):
    assert StudyFactory.build(journal=None, **given).date_words == words


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"year": None, "month": 5}, "month"),
        ({"month": None, "day": 5}, "day"),
        ({"month": 13}, "month"),
        ({"embargo_until": "2027-01-01T00:00Z", "embargo_source": ""}, "embargo_source"),
    ],
)
def test_a_form_says_what_is_missing(values, field):
    study = StudyFactory.build(journal=None, **values)

    with pytest.raises(ValidationError) as refused:
        study.full_clean()

    assert field in refused.value.message_dict


def test_a_duplicate_doi_is_refused_with_a_link_to_its_record(client, editor):
    taken = StudyFactory(doi="10.1000/taken", title="The <b>first</b> record")
    client.force_login(editor)

    response = add_study(client, doi="https://doi.org/10.1000/TAKEN")

    message = str(response.context["form"].errors["doi"])
    assert reverse("research_study_modeladmin_inspect", args=[taken.pk]) in message
    assert "The &lt;b&gt;first&lt;/b&gt; record" in message
    assert Study.objects.count() == 1


def test_a_duplicate_pmid_is_refused_too(client, editor):
    StudyFactory(pmid="29999999")
    client.force_login(editor)

    response = add_study(client, pmid="PMID: 29999999")

    assert "29999999" in response.content.decode()
    assert Study.objects.count() == 1


def test_a_study_may_keep_its_own_doi(client, editor):
    study = StudyFactory(doi="10.1000/own")
    client.force_login(editor)

    client.post(
        reverse("research_study_modeladmin_edit", args=[study.pk]),
        FORM | {"filled_with": "{}", "title": "Other", "doi": "10.1000/own"},
    )

    study.refresh_from_db()
    assert study.title == "Other"


def test_the_chooser_refuses_a_duplicate_too(client, writer):
    taken = StudyFactory(doi="10.1000/taken")
    client.force_login(writer)

    response = client.post(reverse("study_chooser:create"), FORM | {"title": "T", "doi": "10.1000/taken"})

    assert Study.objects.count() == 1
    assert reverse("research_study_modeladmin_inspect", args=[taken.pk]) in response.content.decode()


@pytest.mark.parametrize(("words", "found"), [("10.1000/abc", 1), ("PMID 123", 1), ("relapse trial", 1), ("mice", 0)])
def test_a_study_is_found_by_title_doi_or_pmid(words, found):
    StudyFactory(doi="10.1000/abc", pmid="123", title="A trial on relapses: relapse rates")

    assert Study.objects.matching(words).count() == found


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([], "none_known"),
        (["correction"], "corrected"),
        (["correction", "expression_of_concern"], "expression_of_concern"),
        (["expression_of_concern", "retraction"], "retracted"),
        (["retraction", "correction"], "retracted"),
        (["withdrawal"], "withdrawn"),
        (["removal"], "withdrawn"),
        (["replacement"], "replaced"),
        (["newer_version"], "newer_version"),
        (["retraction", "reinstatement"], "reinstated"),
        (["reinstatement", "retraction"], "retracted"),
        (["correction", "retraction", "reinstatement"], "corrected"),
    ],
)
def test_the_status_follows_from_the_notices_in_their_order(kinds, status):
    study = StudyFactory()

    for day, kind in enumerate(kinds, 1):
        StudyNoticeFactory(study=study, kind=kind, date=date(2024, 1, day))

    study.refresh_from_db()
    assert study.status == status


def status_after(*notices):
    """Return the status of a study after its notices were recorded in this order: kind, day, day in words."""
    study = StudyFactory()
    for kind, day, words in notices:
        StudyNoticeFactory(study=study, kind=kind, date=day, date_as_given=words)
    study.refresh_from_db()
    return study.status


RETRACTED = ("retraction", date(2024, 6, 15), "")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("", "reinstated"),
        ("no day is given", "reinstated"),
        ("2024", "reinstated"),
        ("2024 Jun", "reinstated"),
        ("June 2024", "reinstated"),
        ("2024-06", "reinstated"),
        ("2024 May", "retracted"),
        ("2023", "retracted"),
    ],
)
def test_a_reinstatement_without_a_day_counts_at_the_end_of_what_is_known(words, status):
    assert status_after(RETRACTED, ("reinstatement", None, words)) == status


@pytest.mark.parametrize(
    ("words", "status"), [("2024", "reinstated"), ("2024 Jun", "reinstated"), ("2023", "retracted")]
)
def test_a_known_month_or_year_counts_whoever_reported_first(words, status):
    assert status_after(("reinstatement", None, words), RETRACTED) == status


@pytest.mark.parametrize("day", [date(2019, 1, 1), date(2024, 6, 15), date(2099, 1, 1), None])
def test_a_retraction_recorded_after_an_undated_reinstatement_is_not_lifted_by_it(day):
    back = ("reinstatement", None, "")

    assert status_after(back, ("retraction", day, "")) == "retracted"
    assert status_after(("retraction", date(2018, 1, 1), ""), back, ("retraction", day, "")) == "retracted"


def test_an_undated_reinstatement_lifts_whatever_was_recorded_before_it():
    before = (("retraction", date(2099, 1, 1), ""), ("expression_of_concern", None, "2099"), ("withdrawal", None, ""))

    assert status_after(*before, ("reinstatement", None, "")) == "reinstated"


@pytest.mark.parametrize(
    ("words", "status"), [("", "reinstated"), ("2024", "reinstated"), ("2024 Jul", "retracted"), ("2025", "retracted")]
)
def test_a_retraction_without_a_day_counts_at_the_beginning_of_what_is_known(words, status):
    assert status_after(("reinstatement", date(2024, 6, 15), ""), ("retraction", None, words)) == status


def test_notices_stand_in_one_order_however_the_database_gives_them():
    study = StudyFactory()
    for kind, day, words in (
        ("correction", None, ""),
        ("newer_version", date(2024, 3, 1), ""),
        ("needs_a_look", None, "2023"),
        ("reinstatement", None, "2024 Mar"),
    ):
        StudyNoticeFactory(study=study, kind=kind, date=day, date_as_given=words)
    notices = list(study.notices.all())

    orders = {tuple(notice.kind for notice in standing(list(given))) for given in permutations(notices)}

    assert orders == {("correction", "needs_a_look", "newer_version", "reinstatement")}


@pytest.mark.parametrize(
    "delete",
    [
        lambda notice: notice.delete(),
        lambda notice: StudyNotice.objects.filter(pk=notice.pk).delete(),
        lambda notice: notice.study.notices.all().delete(),
    ],
)
def test_a_notice_is_not_deleted_whichever_way(delete):
    notice = StudyNoticeFactory()

    with pytest.raises(PermissionDenied, match="A notice about a study is kept"), transaction.atomic():
        delete(notice)

    notice.study.refresh_from_db()
    assert notice.study.status == Study.Status.RETRACTED


@pytest.mark.parametrize("delete", [lambda study: study.delete(), lambda study: Study.objects.all().delete()])
def test_the_notices_of_a_study_that_nothing_rests_on_go_with_it(delete):
    delete(StudyNoticeFactory().study)

    assert not StudyNotice.objects.exists()


def retracted_again():
    """Return a study that was retracted, reinstated, and retracted again; and the last two notices."""
    study = StudyFactory()
    StudyNoticeFactory(study=study, date=date(2020, 1, 1))
    back = StudyNoticeFactory(study=study, kind="reinstatement", date=date(2021, 6, 1))
    return study, back, StudyNoticeFactory(study=study, date=date(2022, 1, 1))


@pytest.mark.parametrize(
    "changed",
    [
        {"date": date(2021, 1, 1)},
        {"date": None},
        {"date": None, "date_as_given": "2020"},
    ],
)
def test_no_other_date_lifts_a_retraction(changed):
    study, _, again = retracted_again()
    for name, value in changed.items():
        setattr(again, name, value)

    with pytest.raises(ValidationError, match="Only a medical reviewer"):
        again.save()

    study.refresh_from_db()
    assert study.status == Study.Status.RETRACTED


def test_nothing_is_lifted_behind_a_weightier_notice():
    study, _, _ = retracted_again()
    concern = StudyNoticeFactory(study=study, kind="expression_of_concern", date=date(2023, 1, 1))
    concern.date = date(2021, 1, 1)

    with pytest.raises(ValidationError, match="Only a medical reviewer"):
        concern.save()


def test_a_date_that_lifts_nothing_is_free():
    study, back, again = retracted_again()
    again.date, back.date = date(2023, 1, 1), date(2020, 2, 1)

    again.save()
    back.save()

    assert set(study.notices.values_list("date", flat=True)) == {date(2020, 1, 1), date(2020, 2, 1), date(2023, 1, 1)}


def test_a_medical_reviewer_stands_for_a_date_that_lifts():
    study, _, again = retracted_again()
    again.date, again.changed_by = date(2021, 1, 1), reviewer_user()

    again.save()

    study.refresh_from_db()
    assert study.status == Study.Status.REINSTATED


@pytest.mark.parametrize("deciding", [{"date": date(2021, 1, 1)}, {"date_as_given": "2020"}, {"kind": "correction"}])
def test_what_decides_is_not_written_to_several_notices_at_once(deciding):
    study, _, again = retracted_again()
    for name, value in deciding.items():
        setattr(again, name, value)

    with pytest.raises(ValidationError, match="stays what it was recorded as"):
        study.notices.update(**deciding)
    with pytest.raises(ValidationError, match="stays what it was recorded as"):
        StudyNotice.objects.bulk_update([again], list(deciding))


@pytest.mark.parametrize("when", [date(2024, 1, 1), None])
def test_one_event_has_one_notice(when):
    notice = StudyNoticeFactory(date=when)

    with pytest.raises(IntegrityError), transaction.atomic():
        StudyNoticeFactory(study=notice.study, kind=notice.kind, date=when)


def test_a_study_that_an_article_cites_is_not_deleted(article):
    with pytest.raises(ProtectedError):
        article.study.delete()


def test_names_of_journals_and_topics_are_unique():
    JournalFactory(name="Brain", issn="")
    JournalFactory(name="Nerve", issn="")
    TopicFactory(name="Microglia", mesh_ui="")
    TopicFactory(name="Myelin", mesh_ui="")

    with pytest.raises(IntegrityError), transaction.atomic():
        Journal.objects.create(name="Brain")
    with pytest.raises(IntegrityError), transaction.atomic():
        TopicFactory(name="Microglia")


def test_a_topics_address_is_made_from_its_name():
    assert TopicFactory(name="Epstein–Barr virus").slug == "epsteinbarr-virus"


def test_the_names_of_a_topic_are_its_name_and_synonyms():
    topic = TopicFactory(name="Microglia", synonyms="brain macrophages\n\n  microglial cells ")

    assert topic.all_names() == ["Microglia", "brain macrophages", "microglial cells"]


def test_a_notice_says_what_happened():
    notice = StudyNoticeFactory(study__title="A trial")

    assert str(notice) == "Retraction: A trial"
    assert notice.get_kind_display() == dict(StudyNotice.Kind.choices)["retraction"]


def test_a_mark_in_the_title_keeps_no_retraction_from_its_true_date():
    study = StudyFactory()
    retraction = StudyNoticeFactory(study=study, kind="retraction", date=date(2020, 1, 1))
    StudyNoticeFactory(study=study, kind="reinstatement", date=date(2021, 1, 1))
    StudyNoticeFactory(study=study, kind="marked_retracted", date=date(2022, 1, 1))

    retraction.date = date(2023, 1, 1)
    retraction.save()

    study.refresh_from_db()
    assert study.status == Study.Status.RETRACTED
