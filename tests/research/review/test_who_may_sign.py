"""Who may sign survives what can be changed around it: copies, uploads, records, links of accounts, names of groups."""

import io
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth.models import AnonymousUser, Group
from django.urls import reverse
from django.utils import timezone
from PIL import Image as PillowImage
from wagtail.actions.copy_page import CopyPageAction

from common.models import OutboxMessage
from research.models import ArticleAuthor, ArticlePage, SignOff, StudyProposal
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS
from research.record.decisions import accept_proposal
from research.review import contributions
from research.review.guard import NotPermitted, Reason, permit
from research.review.signing import (
    NOT_A_REVIEWER,
    MayNotSign,
    is_reviewer,
    reasons_not_to_sign,
    reasons_not_to_sign_each,
    reasons_not_to_sign_text,
)
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    ImageFactory,
    PersonFactory,
    StudyFactory,
    blocks,
    edit,
    reviewer_user,
    sign,
)

pytestmark = pytest.mark.django_db


# Copies


def by_its_own_method(page):
    return page.copy(update_attrs={"slug": "a-copy"}, keep_live=False)


def by_the_action(page):
    return CopyPageAction(page, update_attrs={"slug": "a-copy"}, keep_live=False).execute(skip_permission_checks=True)


def with_its_section(page):
    section = page.get_parent().specific.copy(recursive=True, update_attrs={"slug": "copied"}, keep_live=False)
    return ArticlePage.objects.child_of(section).get()


WAYS = pytest.mark.parametrize(
    "way", [by_its_own_method, by_the_action, with_its_section], ids=lambda way: way.__name__
)


@WAYS
def test_contributors_travel_with_a_copy_and_its_origin_is_recorded(article, way):
    contributor = reviewer_user()
    edit(article, contributor, title="A better title")

    copy = ArticlePage.objects.get(pk=way(ArticlePage.objects.get(pk=article.pk)).pk)

    assert copy.copied_from == article.subject_uuid != copy.subject_uuid
    assert any("copied from" in reason for reason in reasons_not_to_sign(contributor, copy))
    with pytest.raises(MayNotSign):
        sign(copy, contributor)


def test_contributors_of_the_original_travel_with_a_copy_of_a_copy(article):
    contributor = reviewer_user()
    edit(article, contributor, title="A better title")
    first = by_its_own_method(ArticlePage.objects.get(pk=article.pk))

    second = ArticlePage.objects.get(pk=first.pk).copy(update_attrs={"slug": "again"}, keep_live=False)

    assert reasons_not_to_sign(contributor, ArticlePage.objects.get(pk=second.pk))


def test_a_revision_of_the_original_does_not_bring_its_identity_into_the_copy(article):
    copy = by_its_own_method(ArticlePage.objects.get(pk=article.pk))

    draft = ArticlePage.objects.get(pk=copy.pk).get_latest_revision_as_object()

    assert draft.subject_uuid != article.subject_uuid
    assert draft.copied_from == article.subject_uuid


# Pictures and records


def png(color):
    buffer = io.BytesIO()
    PillowImage.new("RGB", (40, 30), color).save(buffer, format="PNG")
    buffer.seek(0)
    buffer.name = f"{color}.png"
    return buffer


def test_who_uploaded_a_picture_does_not_sign_it(client, article, writer, editor):
    uploader = reviewer_user()
    editor_group = Group.objects.get(name=EDITORS)
    uploader.groups.add(editor_group)
    client.force_login(uploader)
    client.post(reverse("wagtailimages:add"), {"title": "A chart", "file": png("red"), "collection": 1})
    edit(article, writer, lead_image=type(ImageFactory()).objects.get(title="A chart"))

    with pytest.raises(MayNotSign, match="uploaded a picture"):
        sign(article, uploader)


def test_who_uploaded_a_picture_of_a_section_does_not_sign_it(article, writer):
    uploader = reviewer_user()
    figure = blocks.figure(ImageFactory(uploaded_by_user=uploader))
    draft = edit(article, writer, body=blocks.body(figure), lead_image=None)

    assert any("picture" in reason for reason in reasons_not_to_sign(uploader, draft))


def test_who_replaced_a_picture_does_not_sign_it(article, writer):
    image, replacer = ImageFactory(), reviewer_user()
    edit(article, writer, lead_image=image)
    other = ImageFactory(file__color="red")
    image.file, image.file_hash, image.uploaded_by_user = other.file, other.file_hash, replacer
    image.save()

    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    assert any("picture" in reason for reason in reasons_not_to_sign(replacer, draft))


def test_a_picture_that_was_signed_before_is_no_bar(article, writer):
    uploader = reviewer_user()
    image = ImageFactory(uploaded_by_user=uploader)
    edit(article, writer, lead_image=image)
    sign(article)

    assert reasons_not_to_sign(uploader, ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()) == []


def post_study(client, study, **changes):
    given = {name: getattr(study, name) or "" for name in ("title", "kind", "doi", "pmid", "year", "month", "authors",
             "funding", "interests", "embargo_source")}  # fmt: skip
    given |= {"filled_with": "{}", "journal": study.journal_id, "authors_complete": "on", "embargo_until": ""} | changes
    return client.post(reverse("research_study_modeladmin_edit", args=[study.pk]), given)


def reviewer_who_edits(client):
    user = reviewer_user()
    user.groups.add(Group.objects.get(name=EDITORS))
    client.force_login(user)
    return user


def test_who_edited_what_is_cited_does_not_sign(client, article):
    user = reviewer_who_edits(client)

    post_study(client, article.study, funding="Paid by the maker.")

    assert any("record of its study" in reason for reason in reasons_not_to_sign(user, article))


def test_who_changed_what_no_citation_has_may_sign(client, article):
    user = reviewer_who_edits(client)

    post_study(client, article.study, embargo_until="2031-01-01 10:00", embargo_source="The journal")

    article.study.refresh_from_db()
    assert article.study.embargo_source == "The journal"
    assert reasons_not_to_sign(user, article) == []


def test_who_renamed_the_journal_does_not_sign(client, article):
    user = reviewer_who_edits(client)
    journal = article.study.journal

    client.post(
        reverse("research_journal_modeladmin_edit", args=[journal.pk]),
        {"filled_with": "{}", "name": "Renamed", "kind": journal.kind},
    )

    assert any("record of its study" in reason for reason in reasons_not_to_sign(user, article))


def test_who_edited_what_is_not_cited_may_sign(client, article):
    user, other = reviewer_who_edits(client), StudyFactory()

    post_study(client, other, funding="Paid by the maker.")
    client.post(
        reverse("research_journal_modeladmin_edit", args=[other.journal.pk]),
        {"filled_with": "{}", "name": "Renamed", "kind": other.journal.kind},
    )

    assert contributions.has_contributed(user, [other.subject_uuid])
    assert contributions.has_contributed(user, [other.journal.subject_uuid])
    assert reasons_not_to_sign(user, article) == []


@pytest.mark.parametrize(("hours", "may"), [(-1, True), (0, True), (1, False)])
def test_who_edited_the_record_may_sign_again_once_it_was_signed_by_another(article, reviewer, hours, may):
    user, signed_at = reviewer_user(), timezone.now()
    sign(article, reviewer, now=signed_at)

    with time_machine.travel(signed_at + timedelta(hours=hours), tick=False):
        contributions.record(article.study.subject_uuid, user)

    assert (reasons_not_to_sign(user, article) == []) is may


def test_the_reasons_of_a_list_are_those_of_each_article(article, reviewer, section):
    worked_on, of_a_study = (ArticlePageFactory(parent=section) for _ in range(2))
    contributions.record(worked_on.subject_uuid, reviewer)
    contributions.record(of_a_study.study.subject_uuid, reviewer)
    articles = [article, worked_on, of_a_study]

    each = reasons_not_to_sign_each(reviewer, [(page, None) for page in articles])

    assert each == [reasons_not_to_sign(reviewer, page) for page in articles]
    assert [len(reasons) for reasons in each] == [0, 1, 1]


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_who_is_not_signed_in_does_not_sign(article, nobody):
    assert reasons_not_to_sign(nobody, article) == [str(NOT_A_REVIEWER)]
    assert reasons_not_to_sign_text(nobody, GlossaryTermFactory()) == [str(NOT_A_REVIEWER)]


def test_accepting_what_a_source_proposes_is_no_edit(article):
    user = reviewer_user()
    user.groups.add(Group.objects.get(name=EDITORS))
    proposal = StudyProposal.objects.create(
        study=article.study, field="funding", ours=article.study.funding, theirs="A fund.", source="PubMed"
    )

    accept_proposal(proposal, user, timezone.now())

    assert reasons_not_to_sign(user, article) == []


# Accounts, groups and credentials


def test_an_author_whose_account_was_unlinked_does_not_sign(article):
    author = reviewer_user()
    article.authors = [ArticleAuthor(person=author.person)]
    article.save_revision()
    person = author.person
    person.user = None
    person.save()
    type(person).objects.create(name="Another record", credentials="MD", user=author)

    with pytest.raises(MayNotSign, match="named as an author"):
        sign(article, type(author).objects.get(pk=author.pk))


def test_the_signer_is_not_named_as_an_author_once_the_account_is_unlinked(article, reviewer):
    sign(article, reviewer)
    person = reviewer.person
    person.user = None
    person.save()
    draft = article.get_latest_revision_as_object()
    draft.authors = [ArticleAuthor(person=person)]

    with pytest.raises(NotPermitted) as refused:
        permit(draft)

    assert [refusal.reason for refusal in refused.value.refusals] == [Reason.AUTHOR]


def test_a_renamed_group_keeps_its_role_and_its_reviewers_are_told(reviewer, caplog):
    group = Group.objects.get(name=MEDICAL_REVIEWERS)
    group.name = "Doctors"
    group.save()

    assert is_reviewer(reviewer)
    assert "renamed from Medical reviewers to Doctors" in caplog.text
    assert OutboxMessage.objects.get(key__startswith="reviewers-renamed").payload["to"] == [reviewer.email]


def test_a_group_that_takes_the_name_takes_no_role(writer):
    group = Group.objects.get(name=MEDICAL_REVIEWERS)
    group.name = "Doctors"
    group.save()
    writer.groups.add(Group.objects.create(name=MEDICAL_REVIEWERS))

    assert not is_reviewer(writer)


def post_person(client, person, **changes):
    given = {"name": person.name, "credentials": person.credentials, "role": person.role, "user": person.user_id or ""}
    given["filled_with"] = "{}"
    return client.post(reverse("research_person_modeladmin_edit", args=[person.pk]), given | changes)


@pytest.mark.parametrize(
    "changes", [{"credentials": "Professor"}, {"name": "Somebody Else"}, {"user": ""}], ids=lambda c: next(iter(c))
)
def test_an_editor_does_not_change_what_a_reviewer_signs_with(client, editor, reviewer, changes):
    client.force_login(editor)

    response = post_person(client, reviewer.person, **changes)

    assert "or an administrator does" in response.content.decode()
    reviewer.person.refresh_from_db()
    assert (reviewer.person.credentials, reviewer.person.user_id) == ("MD, neurologist", reviewer.pk)


def test_an_editor_does_not_give_a_reviewers_account_another_record(client, editor, reviewer):
    other = PersonFactory(name="Dr No", credentials="MD")
    client.force_login(editor)

    post_person(client, other, user=reviewer.pk)

    other.refresh_from_db()
    assert other.user_id is None


def test_an_administrator_changes_credentials_and_that_is_audited(client, admin, reviewer, caplog):
    client.force_login(admin)

    post_person(client, reviewer.person, credentials="MD, PhD")

    reviewer.person.refresh_from_db()
    assert reviewer.person.credentials == "MD, PhD"
    assert "changed from 'MD, neurologist' to 'MD, PhD'" in caplog.text


def test_a_reviewer_changes_their_own_credentials_in_their_account(client, reviewer):
    client.force_login(reviewer)

    page = BeautifulSoup(client.get(reverse("wagtailadmin_account")).content, "html.parser")
    form = page.select_one("[name='credentials-credentials']").find_parent("form")
    posted = {field["name"]: field.get("value", "") for field in form.select("input[name]:not([type=checkbox])")}
    chosen = {
        field["name"]: (field.select_one("option[selected]") or {"value": ""})["value"]
        for field in form.select("select[name]")
    }

    client.post(reverse("wagtailadmin_account"), posted | chosen | {"credentials-credentials": "MD, professor"})

    reviewer.person.refresh_from_db()
    assert reviewer.person.credentials == "MD, professor"


def test_a_signature_keeps_the_credentials_it_was_made_with(article, reviewer):
    line = sign(article, reviewer)
    reviewer.person.credentials = "Struck off"
    reviewer.person.save()

    assert SignOff.objects.get(pk=line.pk).reviewer_credentials == "MD, neurologist"
