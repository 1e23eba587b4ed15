"""Who may do what, by the matrix and through the admin's own views."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import GroupCollectionPermission, GroupPagePermission
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from research.models import ArticlePage, MedicalReviewState, PublishedArticle, SignOff, Study
from research.newsroom import permissions
from research.review import contributions
from research.review.frozen import Shown
from tests.factories import (
    ANSWERS,
    GlossaryTermFactory,
    JournalFactory,
    PersonFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicFactory,
    admin_user,
    all_ticks,
    editor_user,
    reviewer_user,
    submit,
    writer_user,
)
from tests.research.doors.forms import loaded_version

pytestmark = pytest.mark.django_db

MAKE = {"writer": writer_user, "reviewer": reviewer_user, "editor": editor_user, "admin": admin_user}
ROLE_NAMES = {
    "writer": permissions.WRITERS,
    "reviewer": permissions.MEDICAL_REVIEWERS,
    "editor": permissions.EDITORS,
}
RECORDS = ["study", "studynotice", "journal", "topic", "glossaryterm", "person"]


@pytest.fixture
def sign_in(client):
    """Return a function that signs a new user of a role in."""

    def as_role(role):
        user = MAKE[role]()
        client.force_login(user)
        return user

    return as_role


def article_form(**values):
    """Return what the editor posts; by default only a title and a slug, a half-empty draft."""
    given = {
        "title": "Half empty",
        "slug": "half-empty",
        "seo_title": "",
        "search_description": "",
        "summary": "",
        "key_takeaway": rich_text(""),
        "body": streamfield([]),
        "lead_image": "",
        "lead_image_alternative_text": "",
        "artwork": "",
        "study": "",
        "topics": [],
        "planned_for": "",
        "embargo_until": "",
        "embargo_source": "",
        "go_live_at": "",
        "expire_at": "",
        "form_end": "end",
        **{name: inline_formset([]) for name in ("appraisals", "authors", "also_cited", "related_picks", "comments")},
    }
    given |= values
    return nested_form_data(given | {"topics": ""}) | {"topics": given["topics"]}


def complete_form(**values):
    sections = ["what_they_found", "who_should_care", "important_considerations"]
    text = streamfield([("text", {"html": rich_text("<p>Some plain words.</p>")})])
    appraisal = {
        "design": "randomised_trial",
        "population": "people_outcome",
        "people": "200",
        "registered": "yes",
        "measured_alike": "yes",
        "checking": "peer_reviewed",
        "interests": "none",
        "other_research": "partly",
        "reach": "many",
        "actionable": "available",
        "novelty": "new",
    }
    reasons = {f"reason_{key}": "" for key in ("design", "population", "people", "safeguards", "checking", "interests")}
    reasons |= {f"reason_{key}": "" for key in ("other_research", "reach", "actionable", "novelty")}
    extra = {"lift_reason": "", "certainty": ""}
    return article_form(
        summary="A summary.",
        key_takeaway=rich_text("<p>One thing.</p>"),
        study=StudyFactory().pk,
        body=streamfield([(name, text) for name in sections]),
        appraisals=inline_formset([appraisal | reasons | extra]),
        **values,
    )


def create_url(section):
    return reverse("wagtailadmin_pages:add", args=["research", "articlepage", section.pk])


def edit_url(article):
    return reverse("wagtailadmin_pages:edit", args=[article.pk])


def post_edit(client, page, form, **kwargs):
    """Send the editor's form for the version that is stored now."""
    return client.post(edit_url(page), form | loaded_version(page), **kwargs)


def review_form(state, **changes):
    """What the form of a review posts that was opened just now."""
    shown = Shown.of(state.submission)
    answers = {f"{key}-answer": given["answer"] for key, given in ANSWERS.items()}
    form = {"shown_digest": shown.digest, "shown_notices": " ".join(shown.notices), "opened": "yes"}
    form |= {"ticks": all_ticks(state.submission)}
    return form | answers | {"stake": "none", "stake_words": "", "comment": ""} | changes


def is_refused(response):
    """True where the admin turned the user away: 403, or back to where they may be, with a message."""
    return response.status_code == 403 or (response.status_code == 302 and response.url in {"/admin/", "/admin/login/"})


def test_the_migrated_groups_hold_exactly_the_rights_of_the_matrix():
    for role in permissions.ROLES:
        group = Group.objects.get(name=role)
        # The documents app is here for wagtail-factories only; the site does not install it.
        held = group.permissions.exclude(content_type__app_label="wagtaildocs").select_related("content_type")
        rights = {f"{right.content_type.app_label}.{right.codename}" for right in held}
        wanted = {f"{app}.{codename}" for app, _, codename in permissions.model_permissions(role)}
        pages = {p.permission.codename for p in GroupPagePermission.objects.filter(group=group)}
        collections = GroupCollectionPermission.objects.filter(group=group)
        images = {right.permission.codename for right in collections if "document" not in right.permission.codename}

        assert rights == wanted | {permissions.ADMIN_ACCESS}, role
        assert pages == {f"{action}_page" for action in permissions.PAGE_RIGHTS[role]}, role
        assert images == {f"{action}_image" for action in permissions.IMAGE_RIGHTS[role]}, role


def test_there_are_no_other_groups():
    assert set(Group.objects.values_list("name", flat=True)) == set(permissions.ROLES)


def test_only_editors_hold_the_right_to_publish():
    publishers = GroupPagePermission.objects.filter(permission__codename="publish_page")

    assert [right.group.name for right in publishers] == [permissions.EDITORS]


@pytest.mark.parametrize(("role", "allowed"), [("writer", 1), ("reviewer", 0), ("editor", 1), ("admin", 1)])
def test_who_creates_an_article(client, section, sign_in, role, allowed):
    sign_in(role)

    client.post(create_url(section), article_form())

    assert ArticlePage.objects.filter(title="Half empty").count() == allowed


def test_a_half_empty_draft_is_saved_and_stays_a_draft(client, section, sign_in):
    writer = sign_in("writer")

    client.post(create_url(section), article_form())

    page = ArticlePage.objects.get()
    assert (page.live, page.owner) == (False, writer)
    assert page.latest_revision.user == writer


def draft_by(client, section):
    """Create a half-empty draft as whoever is signed in."""
    client.post(create_url(section), article_form())
    return ArticlePage.objects.get()


def test_submitting_an_incomplete_article_lists_field_by_field_what_is_missing(client, section, sign_in):
    sign_in("writer")
    page = draft_by(client, section)

    response = post_edit(client, page, article_form(**{"action-submit": "1"}))

    errors = response.context["form"].errors
    assert {"study", "summary", "key_takeaway", "body"} <= set(errors)
    said = str(errors)
    for words in ("What they found", "Who should care and why", "Important considerations", "Ratings tab"):
        assert words in said
    assert not MedicalReviewState.objects.exists()


@pytest.mark.parametrize("role", ["writer", "editor", "admin"])
def test_a_complete_article_is_submitted(client, section, sign_in, role):
    sign_in(role)
    page = draft_by(client, section)

    post_edit(client, page, complete_form(**{"action-submit": "1"}))

    state = MedicalReviewState.objects.get()
    assert state.status == "in_progress"
    assert len(state.digest) == 64


@pytest.mark.parametrize("role", ["writer", "editor", "admin"])
def test_a_complete_article_is_submitted_as_it_is_created(client, section, sign_in, role):
    sign_in(role)
    offered = client.get(create_url(section)).content.decode()

    client.post(create_url(section), complete_form(**{"action-submit": "1"}))

    assert "Submit for review" in offered
    assert MedicalReviewState.objects.get().status == "in_progress"
    assert not ArticlePage.objects.get().live


def test_submitting_what_is_being_created_lists_what_is_missing(client, section, sign_in):
    sign_in("writer")

    response = client.post(create_url(section), article_form(**{"action-submit": "1"}))

    assert {"study", "summary", "key_takeaway", "body"} <= set(response.context["form"].errors)
    assert not ArticlePage.objects.exists()


def test_a_section_itself_is_not_submitted(client, section, sign_in):
    sign_in("editor")

    assert "Submit for review" not in client.get(edit_url(section)).content.decode()


def test_an_article_is_created_through_the_editor_with_all_its_parts(client, section, sign_in):
    sign_in("writer")
    topic, person = TopicFactory(), PersonFactory()

    client.post(create_url(section), complete_form(topics=[topic.pk], authors=inline_formset([{"person": person.pk}])))

    page = ArticlePage.objects.get().get_latest_revision_as_object()
    assert [child.block_type for child in page.body] == [
        "what_they_found",
        "who_should_care",
        "important_considerations",
    ]
    assert list(page.topics.all()) == [topic]
    assert [author.person for author in page.authors.all()] == [person]
    assert page.appraisals.first().people == 200


@pytest.mark.parametrize("day", ["9999-12-31", "1111-11-11"])
def test_a_planned_day_out_of_reach_is_refused(client, section, sign_in, day):
    sign_in("writer")

    response = client.post(create_url(section), article_form(planned_for=day))

    assert "Choose a year" in str(response.context["form"].errors["planned_for"])


@pytest.mark.parametrize("slug", ["topics", "feed", "search"])
def test_the_sections_own_addresses_are_no_slugs(client, section, sign_in, slug):
    sign_in("writer")

    response = client.post(create_url(section), article_form(slug=slug))

    assert "slug" in response.context["form"].errors
    assert not ArticlePage.objects.exists()


@pytest.mark.parametrize("role", list(MAKE))
def test_nobody_edits_what_is_under_review(client, article, writer, sign_in, role):
    submit(article, writer)
    user = writer if role == "writer" else sign_in(role)
    client.force_login(user)
    before = ArticlePage.objects.get(pk=article.pk).latest_revision_id

    post_edit(client, article, article_form(title="Changed under review", slug="fewer-relapses"))

    assert ArticlePage.objects.get(pk=article.pk).latest_revision_id == before


def test_a_reviewer_signs_on_the_review_screen_and_the_article_is_published(
    client, article, writer, sign_in, django_capture_on_commit_callbacks
):
    state = submit(article, writer)
    reviewer = sign_in("reviewer")

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("research_review", args=[state.pk]), review_form(state))

    assert response.status_code == 302
    assert SignOff.objects.get().reviewer_id == reviewer.pk
    assert ArticlePage.objects.get(pk=article.pk).live
    assert client.get("/ms/fewer-relapses/").status_code == 200


@pytest.mark.parametrize("role", ["writer", "editor", "admin"])
def test_nobody_else_signs_on_the_review_screen(client, article, writer, sign_in, role):
    state = submit(article, writer)
    sign_in(role)

    client.post(reverse("research_review", args=[state.pk]), review_form(state))

    assert not SignOff.objects.exists()
    assert MedicalReviewState.objects.get().status == "in_progress"


def test_a_contributor_among_the_reviewers_is_refused_on_the_screen(client, article, writer):
    state = submit(article, writer)
    writer.groups.add(Group.objects.get(name=permissions.MEDICAL_REVIEWERS))
    client.force_login(writer)

    shown = client.get(reverse("research_review", args=[state.pk]))
    client.post(reverse("research_review", args=[state.pk]), review_form(state))

    assert "You worked on this article" in shown.content.decode()
    assert not SignOff.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {f"{key}-answer": "" for key in ANSWERS},
        {"numbers-answer": ""},
        {"numbers-answer": "no", "numbers-note": " "},
        {"numbers-answer": "certainly"},
        {"stake": ""},
        {"stake": "stake"},
        {"shown_digest": ""},
    ],
    ids=["no answers", "one blank", "a no without note", "unknown answer", "no declaration", "with a stake", "unseen"],
)
def test_a_crafted_post_without_full_answers_signs_nothing(client, article, writer, sign_in, changes):
    state = submit(article, writer)
    sign_in("reviewer")

    response = client.post(reverse("research_review", args=[state.pk]), review_form(state, **changes))

    assert response.status_code == 400
    assert not SignOff.objects.exists()
    assert MedicalReviewState.objects.get().status == "in_progress"


@pytest.mark.parametrize(("role", "allowed"), [("writer", 0), ("reviewer", 0), ("editor", 1), ("admin", 1)])
def test_who_hands_a_review_to_somebody_else(client, article, writer, sign_in, role, allowed):
    state = submit(article, writer)
    other = reviewer_user()
    sign_in(role)

    client.post(reverse("research_reassign", args=[state.pk]), {"reviewer": other.pk})

    state.refresh_from_db()
    assert (state.assigned_to == other) == bool(allowed)


def test_a_review_is_handed_to_reviewers_only(client, article, writer, sign_in):
    state = submit(article, writer)
    sign_in("editor")

    response = client.post(reverse("research_reassign", args=[state.pk]), {"reviewer": writer.pk}, follow=True)

    state.refresh_from_db()
    assert state.assigned_to is None
    assert "may not sign this article" in response.content.decode()


@pytest.mark.parametrize(("role", "allowed"), [("writer", 0), ("reviewer", 1), ("editor", 0), ("admin", 0)])
def test_who_sends_an_article_back(client, article, writer, sign_in, role, allowed):
    state = submit(article, writer)
    sign_in(role)

    client.post(reverse("research_send_back", args=[state.pk]), {"comment": "Say how many."})

    state.refresh_from_db()
    assert (state.status == "rejected") == bool(allowed)


def test_the_writer_withdraws_a_submission(client, article, writer):
    state = submit(article, writer)
    client.force_login(writer)

    post_edit(client, article, article_form(**{"action-cancel-workflow": "1"}))

    state.workflow_state.refresh_from_db()
    assert state.workflow_state.status == "cancelled"


@pytest.mark.parametrize("role", ["writer", "reviewer", "editor", "admin"])
def test_nobody_publishes_unsigned_words_from_the_editor(client, article, sign_in, role):
    sign_in(role)

    response = post_edit(client, article, complete_form(title="Fewer relapses", **{"action-publish": "1"}), follow=True)

    assert response.status_code < 500
    assert not ArticlePage.objects.get(pk=article.pk).live
    assert not PublishedArticle.objects.exists()


@pytest.mark.parametrize(("role", "allowed"), [("writer", 0), ("reviewer", 0), ("editor", 1), ("admin", 1)])
def test_who_takes_an_article_down(client, public_article, sign_in, role, allowed):
    sign_in(role)

    client.post(reverse("wagtailadmin_pages:unpublish", args=[public_article.pk]))

    assert ArticlePage.objects.get(pk=public_article.pk).live is not bool(allowed)


def test_an_article_is_taken_down_while_its_update_is_under_review(client, public_article, writer, sign_in):
    submit(public_article, writer)
    sign_in("editor")

    client.post(reverse("wagtailadmin_pages:unpublish", args=[public_article.pk]))

    assert not ArticlePage.objects.get(pk=public_article.pk).live
    assert client.get("/ms/fewer-relapses/").status_code == 410


@pytest.mark.parametrize("target", ["article", "section"])
def test_what_was_public_is_not_deleted_even_by_a_superuser(client, public_article, section, sign_in, target):
    sign_in("admin")
    page = public_article if target == "article" else section
    client.raise_request_exception = False  # what a person would see

    response = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))

    assert ArticlePage.objects.filter(pk=public_article.pk, live=True).exists()
    assert response.status_code < 500


def record(name):
    make = {
        "study": StudyFactory,
        "studynotice": StudyNoticeFactory,
        "journal": JournalFactory,
        "topic": TopicFactory,
        "glossaryterm": GlossaryTermFactory,
        "person": PersonFactory,
    }
    return make[name]()


@pytest.mark.parametrize("role", list(ROLE_NAMES))
@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("action", ["add", "change", "delete"])
def test_the_lists_of_the_record_follow_the_matrix(client, sign_in, role, name, action):
    kept = record(name)
    sign_in(role)
    view = {"add": "create", "change": "edit", "delete": "delete"}[action]
    address = reverse(f"research_{name}_modeladmin_{view}", args=[] if action == "add" else [kept.pk])

    response = client.get(address)

    allowed = action in permissions.MODEL_RIGHTS[f"research.{name}"][ROLE_NAMES[role]]
    assert (response.status_code == 200) == allowed
    assert is_refused(response) != allowed


@pytest.mark.parametrize("role", list(ROLE_NAMES))
@pytest.mark.parametrize("name", RECORDS)
def test_everyone_looks_at_the_record(client, sign_in, role, name):
    kept = record(name)
    sign_in(role)

    listed = client.get(reverse(f"research_{name}_modeladmin_index"))
    inspected = client.get(reverse(f"research_{name}_modeladmin_inspect", args=[kept.pk]))

    assert (listed.status_code, inspected.status_code) == (200, 200)


@pytest.mark.parametrize("export", ["csv", "xlsx"])
@pytest.mark.parametrize("name", RECORDS)
def test_the_record_is_exported(client, sign_in, name, export):
    kept = record(name)
    sign_in("editor")

    response = client.get(reverse(f"research_{name}_modeladmin_index"), {"export": export})

    body = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200
    assert len(body) > 40
    if export == "csv" and name != "studynotice":
        assert str(kept).encode() in body


def test_a_study_that_is_added_in_a_list_names_its_contributor(client, sign_in):
    writer = sign_in("writer")
    form = {"kind": "journal_article", "title": "Added here", "authors": "", "funding": "", "interests": ""}

    client.post(reverse("research_study_modeladmin_create"), form)

    study = Study.objects.get(title="Added here")
    assert contributions.has_contributed(writer, [study.subject_uuid])
