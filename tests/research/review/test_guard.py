import json
from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError
from django.utils import timezone
from wagtail.models import Page

from common import clock
from research.content.article import content_of
from research.models import ArticlePage, PublishedArticle, PublishedText, SignOff, StudyNotice
from research.models.pages import AlsoCited, ArticleAuthor
from research.models.people import Person
from research.models.texts import canonical_values
from research.newsroom.refusals import collected_refusals
from research.publishing import public_row
from research.review.chain import add_line
from research.review.guard import (
    ONLY_EDITORS_LIFT,
    NotPermitted,
    Reason,
    embargo_of,
    permit,
    refusals_for,
    refuse_signer_as_author,
    refuse_to_lift_embargo,
    standing_permit,
)
from research.review.guarded_saves import guard_save, guard_sealed, refuse_alias
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    StudyFactory,
    StudyNoticeFactory,
    edit,
    publish,
    sign,
    sign_text_of,
    unpublish,
)

pytestmark = pytest.mark.django_db


def reasons(page, **kwargs):
    return [refusal.reason for refusal in refusals_for(page, **kwargs)]


def fresh(page):
    return ArticlePage.objects.get(pk=page.pk)


def test_unsigned_words_are_refused_with_what_to_do(article):
    refusals = refusals_for(article)

    assert [refusal.reason for refusal in refusals] == [Reason.UNSIGNED]
    assert "Submit the article for review" in refusals[0].words


def test_signed_words_get_a_permit_that_names_the_signature(article):
    line = sign(article)

    given = permit(article)

    assert (given.digest, given.sign_off) == (line.digest, line)


def test_one_changed_word_needs_a_new_signature(article):
    sign(article)

    draft = edit(article, title="Far fewer relapses")

    assert reasons(draft) == [Reason.UNSIGNED]
    assert reasons(article) == []


def test_a_signature_of_one_article_is_none_for_its_twin(article, section):
    twin = ArticlePageFactory(parent=section, title=article.title, slug="twin", study=article.study)
    sign(article)

    assert reasons(twin) == [Reason.UNSIGNED]


def test_a_permit_that_stands_is_for_its_own_object_and_its_very_words(article, reviewer):
    line = sign(article)
    given = permit(article)

    with standing_permit(article, given):
        public_row.revoke(line, reviewer, "The dose is wrong.")
        assert permit(article) is given
        with pytest.raises(NotPermitted):
            permit(fresh(article))
        article.title = "Far fewer relapses"
        with pytest.raises(NotPermitted):
            permit(article)
        article.title = given.content.title
    with pytest.raises(NotPermitted):
        permit(article)


@pytest.mark.parametrize(("days", "expected"), [(364, []), (365, [Reason.EXPIRED]), (400, [Reason.EXPIRED])])
def test_a_signature_is_good_until_its_time_is_over(article, settings, days, expected):
    settings.REVIEW_VALID_DAYS = 365
    now = timezone.now()
    sign(article, now=now)

    assert reasons(article, now=now + timedelta(days=days)) == expected


@pytest.mark.parametrize("on", ["article", "study"])
def test_nothing_is_public_before_the_embargo_ends(article, on):
    now = timezone.now()
    sign(article)
    held = article if on == "article" else article.study
    held.embargo_until = now + timedelta(hours=1)

    assert reasons(article, now=now) == [Reason.EMBARGO]
    assert reasons(article, now=now + timedelta(hours=1)) == []


def test_the_later_of_two_embargoes_counts(article):
    now = timezone.now()
    sign(article)
    article.embargo_until = now + timedelta(hours=1)
    article.study.embargo_until = now + timedelta(hours=2)

    assert reasons(article, now=now + timedelta(minutes=90)) == [Reason.EMBARGO]


@pytest.mark.parametrize("kind", ["retraction", "withdrawal", "removal"])
def test_a_retraction_after_the_signature_ends_it(article, kind):
    sign(article)
    StudyNoticeFactory(study=article.study, kind=kind)

    assert reasons(fresh(article)) == [Reason.RETRACTED]


def test_a_retraction_of_any_cited_study_holds_the_article_and_is_told_as_its_own(article):
    sound, retracted = StudyFactory(title="Sound"), StudyFactory(title="Broken")
    edit(article, also_cited=[AlsoCited(study=sound), AlsoCited(study=retracted)])
    page = fresh(article).get_latest_revision_as_object()
    sign(article)
    StudyNoticeFactory(study=retracted, kind="retraction")

    (refusal,) = refusals_for(page)
    assert refusal.reason == Reason.RETRACTED
    assert "Broken" in refusal.words
    assert "which is also cited, was retracted" in refusal.words

    StudyNoticeFactory(study=page.study, kind="retraction")
    assert any(refusal.words.startswith("The study was retracted") for refusal in refusals_for(page))


def test_a_signature_made_in_knowledge_of_the_retraction_stands(article):
    StudyNoticeFactory(study=article.study)
    sign(article)

    assert reasons(fresh(article)) == []


def test_a_second_notice_asks_for_another_signature(article):
    StudyNoticeFactory(study=article.study, date=date(2024, 1, 1))
    sign(article)
    StudyNoticeFactory(study=article.study, kind=StudyNotice.Kind.WITHDRAWAL, date=date(2025, 1, 1))

    assert reasons(fresh(article)) == [Reason.RETRACTED]


@pytest.mark.parametrize("kind", ["correction", "expression_of_concern", "newer_version"])
def test_a_notice_that_leaves_the_study_standing_stops_nothing(article, kind):
    sign(article)
    StudyNoticeFactory(study=article.study, kind=kind)

    assert reasons(fresh(article)) == []


def test_all_reasons_are_named_at_once(article):
    article.study.embargo_until = timezone.now() + timedelta(days=1)
    article.study.status = "retracted"
    StudyNoticeFactory(study=StudyFactory())
    StudyNoticeFactory(study=article.study)

    assert set(reasons(article)) == {Reason.UNSIGNED, Reason.EMBARGO, Reason.RETRACTED}


def save_the_page(article):
    page = fresh(article)
    page.live = True
    page.save()


def save_only_live(article):
    page = fresh(article)
    page.live = True
    page.save(update_fields=["live"])


def save_the_bare_page_row(article):
    page = Page.objects.get(pk=article.pk)
    page.live = True
    page.save()


def save_only_live_of_the_bare_row(article):
    page = Page.objects.get(pk=article.pk)
    page.live = True
    page.save(update_fields=["live"])


def publish_the_revision(article):
    fresh(article).get_latest_revision().publish(skip_permission_checks=True)


DOORS = [
    save_the_page,
    save_only_live,
    save_the_bare_page_row,
    save_only_live_of_the_bare_row,
    publish_the_revision,
]


@pytest.mark.parametrize("go_live", DOORS, ids=lambda door: door.__name__)
def test_unsigned_words_cannot_go_live(article, client, go_live):
    with pytest.raises(NotPermitted):
        go_live(article)

    assert not fresh(article).live
    assert not PublishedArticle.objects.exists()
    assert client.get("/ms/fewer-relapses/").status_code == 404


@pytest.mark.parametrize("go_live", DOORS, ids=lambda door: door.__name__)
def test_signed_words_go_live_by_any_of_these_ways(article, client, go_live):
    sign(article)

    go_live(article)

    assert fresh(article).live
    assert client.get("/ms/fewer-relapses/").status_code == 200


@pytest.mark.parametrize("field", ["title", "summary", "key_takeaway", "seo_title", "search_description"])
def test_other_words_cannot_be_written_into_a_live_row(public_article, field):
    page = fresh(public_article)
    setattr(page, field, "Other words.")

    with pytest.raises(NotPermitted):
        page.save()

    with pytest.raises(NotPermitted):
        page.save(update_fields=[field])


@pytest.mark.parametrize("name", ["study", "study_id"])
def test_another_study_cannot_be_written_into_a_live_row(public_article, name):
    page = fresh(public_article)
    page.study = StudyFactory()

    with pytest.raises(NotPermitted):
        guard_save(ArticlePage, page, update_fields=frozenset([name]))
    with pytest.raises(NotPermitted):
        page.save(update_fields=[name])


def test_a_row_is_judged_as_it_would_be_after_the_save(public_article):
    page = fresh(public_article)
    page.title = "Words in memory that this save does not write"

    guard_save(ArticlePage, page, update_fields=frozenset(["live"]))
    with pytest.raises(NotPermitted):
        guard_save(ArticlePage, page)


def test_the_title_of_a_live_bare_row_cannot_be_written(public_article):
    page = Page.objects.get(pk=public_article.pk)
    page.title = "Other words"

    with pytest.raises(NotPermitted):
        page.save()


def test_a_live_row_without_words_of_its_own_cannot_be_created(section):
    page = ArticlePage(title="Born live", slug="born-live", live=True)

    with pytest.raises(NotPermitted):
        section.add_child(instance=page)

    assert not ArticlePage.objects.filter(slug="born-live").exists()


def test_a_bare_row_is_judged_with_the_words_of_its_own_article(public_article, section):
    second = publish(ArticlePageFactory(parent=section, slug="second", summary="Other words."))

    for page in (public_article, second):
        bare = Page.objects.get(pk=page.pk)
        guard_save(Page, bare)
        bare.title = "Another title"
        with pytest.raises(NotPermitted):
            guard_save(Page, bare)


def test_a_row_that_was_not_live_needs_a_permit_though_readers_see_its_words(public_article, section):
    publish(ArticlePageFactory(parent=section, slug="second"))
    ArticlePage.objects.filter(pk=public_article.pk).update(live=False)
    page = fresh(public_article)
    page.live = True

    guard_save(ArticlePage, page)
    with time_machine.travel(timezone.now() + timedelta(days=400)), pytest.raises(NotPermitted, match="valid until"):
        guard_save(ArticlePage, page)


def test_the_same_words_of_another_article_make_nothing_public(public_article, section):
    twin = ArticlePageFactory(
        parent=section, slug="twin", study=public_article.study, body=public_article.body, lead_image=None
    )
    edit(twin, **{name: getattr(public_article, name) for name in ("title", "summary", "key_takeaway")})
    page = fresh(twin).get_latest_revision_as_object()
    assert content_of(page).digest == content_of(fresh(public_article)).digest
    ArticlePage.objects.filter(pk=twin.pk).update(live=True)
    page.live = True

    with pytest.raises(NotPermitted):
        guard_save(ArticlePage, page)


def test_an_alias_of_an_article_is_refused(public_article, section):
    with pytest.raises(NotPermitted, match="no aliases"):
        public_article.create_alias(update_slug="alias")

    assert not ArticlePage.objects.filter(slug="alias").exists()


def test_a_draft_that_is_an_alias_is_refused_too(article, section, writer, caplog):
    draft = fresh(ArticlePageFactory(parent=section, by=writer, slug="alias"))
    draft.alias_of_id = article.pk

    with pytest.raises(NotPermitted, match="no aliases"):
        Page.save(draft, clean=False)
    bare = Page.objects.get(pk=draft.pk)
    bare.alias_of_id = article.pk
    with pytest.raises(NotPermitted, match="no aliases"):
        bare.save(clean=False)

    told = [record.getMessage() for record in caplog.records if "publication refused" in record.getMessage()]
    assert [f"article {draft.subject_uuid} " in line for line in told] == [True, True]


def test_a_live_row_of_an_article_that_is_not_there_shows_nothing(section, client):
    bare = Page(title="Bare", slug="bare", live=True, content_type=ContentType.objects.get_for_model(ArticlePage))

    section.add_child(instance=bare)

    assert client.get("/ms/bare/").status_code == 404


def test_a_page_whose_words_nobody_signs_goes_live_unasked(section):
    plain = section.get_parent().add_child(instance=Page(title="Plain", slug="plain", live=True))
    plain.title = "Plainer"
    plain.save()

    assert Page.objects.get(slug="plain").title == "Plainer"


@pytest.mark.parametrize(
    ("is_public", "says_live", "is_live"), [(False, True, False), (True, True, True), (True, False, False)]
)
def test_the_row_of_a_fixture_is_live_only_where_readers_see_it_already(
    article, section, is_public, says_live, is_live
):
    publish(ArticlePageFactory(parent=section, slug="other"))
    if is_public:
        publish(article)
    rows = json.loads(serializers.serialize("json", Page.objects.filter(pk=article.pk)))
    rows[0]["fields"]["live"] = says_live

    for loaded in serializers.deserialize("json", json.dumps(rows)):
        loaded.save()

    assert fresh(article).live is is_live


def test_the_words_of_a_fixture_say_nothing_of_what_is_live(article):
    page = fresh(article)
    page.live = True

    guard_save(ArticlePage, page, raw=True)

    assert page.live


def test_a_fixture_may_bring_pages_before_their_types():
    page = Page(title="Early", slug="early", live=True, content_type_id=999_999)

    guard_save(Page, page, raw=True)

    assert page.live


@pytest.mark.by_hand
def test_a_fixture_brings_words_that_were_public_before_newer_ones_were_signed(public_article, writer, section):
    publish(ArticlePageFactory(parent=section, slug="other"))
    edit(public_article, writer, title="Newer words")
    sign(fresh(public_article))
    row = PublishedArticle.objects.get(page=public_article.pk)
    PublishedArticle.objects.filter(pk=row.pk).update(withdrawn_at=timezone.now())

    guard_sealed(PublishedArticle, row, raw=True)
    with pytest.raises(NotPermitted, match="not the ones that were signed"):
        guard_sealed(PublishedArticle, row)


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=1)])
def test_no_public_row_takes_words_whose_signature_has_ended(public_article, writer, late):
    edit(public_article, writer, title="Newer words")
    line = sign(fresh(public_article))
    row = PublishedArticle.objects.get(page=public_article.pk)
    row.digest, row.content, row.sign_off = line.digest, line.content, line

    with time_machine.travel(line.valid_until - timedelta(seconds=1), tick=False):
        guard_sealed(PublishedArticle, row)
    with time_machine.travel(line.valid_until + late, tick=False), pytest.raises(NotPermitted):
        guard_sealed(PublishedArticle, row)


def test_an_article_that_stands_nowhere_yet_is_not_refused_for_a_section(article):
    article.path = ""

    assert Reason.SECTION not in {refusal.reason for refusal in refusals_for(article)}


def test_a_text_that_readers_see_keeps_its_row_though_newer_words_were_signed(reviewer):
    sign_text_of(GlossaryTermFactory(), reviewer)
    row = PublishedText.objects.get()
    newer = canonical_values({"term": "myelin", "plain_words": "Other words."})
    add_line(SignOff.Kind.SIGNED, SignOff.Subject.TERM, row.subject_uuid, newer, reviewer)

    row.save()

    shown = PublishedText.objects.get()
    assert shown.digest == row.digest
    shown.delete()
    with pytest.raises(NotPermitted, match="not the ones that were signed"):
        row.save(force_insert=True)


def test_other_words_under_a_digest_that_was_signed_are_not_written(public_article, reviewer):
    sign_text_of(GlossaryTermFactory(), reviewer)
    text, article = PublishedText.objects.get(), PublishedArticle.objects.get()
    text.values = {**text.values, "plain_words": "Forged."}
    article.content = 'v1:{"title":"Forged"}'

    for row in (text, article):
        with pytest.raises(NotPermitted, match="not the ones that were signed"):
            row.save()


def test_a_copy_starts_as_a_draft_of_its_own(public_article):
    copy = public_article.copy(update_attrs={"slug": "copy"}, keep_live=False)

    assert not copy.live
    assert copy.subject_uuid != public_article.subject_uuid
    assert reasons(copy) == [Reason.UNSIGNED]


def test_a_copy_that_wants_to_stay_live_is_refused(public_article):
    with pytest.raises(NotPermitted):
        public_article.copy(update_attrs={"slug": "copy"}, keep_live=True)

    assert not ArticlePage.objects.filter(slug="copy").exists()


@pytest.mark.parametrize("days", [1, 400])
def test_bookkeeping_of_a_public_article_passes(public_article, editor, days):
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        draft = edit(public_article, editor, title="A draft for later")
        page = fresh(public_article)

        page.save(update_fields=["locked"])
        page.save()

    assert draft.title == "A draft for later"
    assert fresh(public_article).live


def test_a_draft_is_saved_whatever_its_words(article):
    page = fresh(article)
    page.title = "Unsigned, and not live"

    page.save()

    assert fresh(article).title == "Unsigned, and not live"


def test_taking_down_needs_no_signature(public_article, client):
    unpublish(public_article)

    assert not fresh(public_article).live
    assert client.get("/ms/fewer-relapses/").status_code == 410


def test_what_came_down_goes_up_again_only_with_its_signature(public_article):
    unpublish(public_article)
    page = edit(public_article, title="Other words")
    page.live = True

    with pytest.raises(NotPermitted):
        page.save()


def test_a_public_article_is_not_deleted(public_article):
    with pytest.raises(PermissionDenied):
        fresh(public_article).delete()

    assert fresh(public_article).live


def test_an_article_that_was_public_is_not_deleted(public_article):
    unpublish(public_article)

    with pytest.raises((PermissionDenied, ProtectedError)):
        Page.objects.get(pk=public_article.pk).delete()

    assert PublishedArticle.objects.count() == 1


def test_a_draft_that_was_never_public_is_deleted(article):
    fresh(article).delete()

    assert not ArticlePage.objects.exists()


def test_a_refusal_is_one_line_in_the_audit_log(article, caplog):
    with pytest.raises(NotPermitted):
        save_the_page(article)

    lines = [record for record in caplog.records if record.name == "countersign.audit"]
    assert len(lines) == 1
    assert str(article.subject_uuid) in lines[0].getMessage()


def test_going_live_again_with_the_signed_words_works(public_article, client):
    unpublish(public_article)

    publish(public_article)

    assert client.get("/ms/fewer-relapses/").status_code == 200


def test_a_clock_that_nobody_believes_lets_nothing_go_live(article, monkeypatch):
    def refuse():
        raise clock.ClockNotTrusted("The clock is an hour ahead.")

    sign(article)
    monkeypatch.setattr(clock, "now", refuse)

    assert reasons(article) == [Reason.CLOCK]
    assert reasons(article, now=timezone.now()) == []


def test_a_section_that_is_not_public_holds_its_articles(article, section):
    sign(article)
    section.unpublish()

    (refusal,) = refusals_for(fresh(article))

    assert refusal.reason == Reason.SECTION
    assert "Publish the section first" in refusal.words


def test_embargoes_of_other_articles_and_studies_hold_nothing(article, section, writer):
    later = timezone.now() + timedelta(days=1)
    StudyFactory(embargo_until=later)
    edit(ArticlePageFactory(parent=section, by=writer, slug="other"), writer, embargo_until=later)
    edit(article, also_cited=[AlsoCited(study=StudyFactory())])
    sign(article)

    assert reasons(fresh(article).get_latest_revision_as_object()) == []


def test_an_embargo_of_the_newest_draft_holds_what_was_approved_before(article, writer):
    sign(article)
    approved = fresh(article).get_latest_revision()
    later = timezone.now().replace(microsecond=0) + timedelta(days=1)
    edit(article, writer, embargo_until=later)

    assert embargo_of(approved.as_object()) == later
    assert reasons(approved.as_object()) == [Reason.EMBARGO]
    assert embargo_of(ArticlePage(title="Not saved yet")) is None


DAY = timedelta(days=1)


@pytest.mark.parametrize("role", ["writer", "editor"])
@pytest.mark.parametrize(
    ("before", "after", "is_lifted"),
    [
        (2 * DAY, None, True),
        (2 * DAY, DAY, True),
        (2 * DAY, 2 * DAY, False),
        (2 * DAY, 3 * DAY, False),
        (None, None, False),
        (None, DAY, False),
        (-DAY, None, False),
    ],
)
@pytest.mark.parametrize("where", ["draft", "row"])
def test_who_lifts_an_embargo_that_still_holds(article, request, role, before, after, is_lifted, where):
    now, user = timezone.now(), request.getfixturevalue(role)
    if where == "draft":
        edit(article, embargo_until=now + before if before else None)
    else:
        ArticlePage.objects.filter(pk=article.pk).update(embargo_until=now + before if before else None)
    page = fresh(article)
    page.embargo_until = now + after if after else None

    with collected_refusals() as told:
        if is_lifted and role == "writer":
            with pytest.raises(PermissionDenied, match="only an editor"):
                refuse_to_lift_embargo(page, user)
        else:
            refuse_to_lift_embargo(page, user)

    assert told == ([ONLY_EDITORS_LIFT] if is_lifted and role == "writer" else [])


def test_the_embargo_of_another_article_is_none_to_lift(article, section, writer):
    edit(ArticlePageFactory(parent=section, slug="other"), embargo_until=timezone.now() + DAY)

    refuse_to_lift_embargo(fresh(article), writer)
    refuse_to_lift_embargo(ArticlePage(title="Not saved yet"), writer)
    refuse_to_lift_embargo(ArticlePage(pk=0, title="Deleted meanwhile"), writer)


def test_an_alias_and_a_signer_as_author_are_told_in_the_audit_log(article, reviewer, caplog):
    line = sign(article, reviewer)
    page = fresh(article)
    page.authors = [ArticleAuthor(person=Person.objects.get(user=reviewer))]
    with pytest.raises(NotPermitted):
        refuse_signer_as_author(page, line)
    page.alias_of_id = page.pk
    with pytest.raises(NotPermitted):
        refuse_alias(page)

    told = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(told) == 2
