"""How many statements the screens of the admin ask for: within the goals, and no more with more rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, PagePermissionTester, ReferenceIndex, Workflow, WorkflowPage

from home.readership.models import DailyViews
from research.admin.dashboard.deciding import ReaderReportsPanel
from research.admin.dashboard.going_live import GoingLivePanel, StuckReleasesPanel
from research.admin.dashboard.panels import NewsroomPanel
from research.models import AlsoCited, ArticlePage, ReaderReport, Release, SourceTask, Study
from research.models.explainers import Correction
from research.models.people import Absence
from research.models.reviews.blind import BlindAnswer, RatingGap
from research.newsroom.comments import add_comment
from research.record.re_reviews import on_the_clock
from tests.factories import (
    AppraisalFactory,
    ArticlePageFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicFactory,
    admin_user,
    blocks,
    editor_user,
    publish,
    reviewer_user,
    submit,
    writer_user,
)
from tests.plans import never_whole
from tests.research.doors.forms import editor_post

EDITOR, SAVE, LIST = 52, 64, 20
MANY = 12
REPORTS = ("signatures", "studies", "re-review")

pytestmark = pytest.mark.indexed


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def cost(client, address):
    """Return how many statements a screen takes once everything that is read once is read."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def make_draft(section, writer, cited=0):
    text = blocks.text("<p>In this trial, fewer people had a relapse.</p>")
    draft = ArticlePageFactory(
        parent=section, by=writer, appraisals=[AppraisalFactory.build()], body=blocks.body(*[text] * 5)
    )
    draft.also_cited = [AlsoCited(study=StudyFactory()) for _ in range(cited)]
    draft.save()
    draft.save_revision(user=writer)
    return draft


def edit_address(article):
    return reverse("wagtailadmin_pages:edit", args=[article.pk])


@pytest.mark.parametrize("who", ["writer", "editor"])
def test_the_editor_keeps_to_its_statements_and_asks_no_more_for_more_studies(who, section, writer, request):
    client = browser(request.getfixturevalue(who))

    few = cost(client, edit_address(make_draft(section, writer, cited=1)))
    many = cost(client, edit_address(make_draft(section, writer, cited=MANY)))

    assert many <= few <= EDITOR


def cost_of_saving(client, draft):
    """Return how many statements a save takes, without those that only mark where a transaction begins and ends."""
    client.post(edit_address(draft), editor_post(ArticlePage.objects.get(pk=draft.pk).get_latest_revision_as_object()))
    posted = editor_post(ArticlePage.objects.get(pk=draft.pk).get_latest_revision_as_object())
    with CaptureQueriesContext(connection) as asked:
        assert client.post(edit_address(draft), posted).status_code == 302
    return sum("SAVEPOINT" not in query["sql"] for query in asked)


def test_a_save_asks_no_more_for_more_studies_that_it_cites(section, writer):
    client = browser(writer)

    few = cost_of_saving(client, make_draft(section, writer, cited=1))
    many = cost_of_saving(client, make_draft(section, writer, cited=6))

    assert many <= few <= SAVE


@pytest.mark.parametrize("who", ["writer", "editor"])
def test_the_explorer_asks_no_more_for_more_articles(who, section, writer, request):
    client = browser(request.getfixturevalue(who))
    address = reverse("wagtailadmin_explore", args=[section.pk])
    make_draft(section, writer)
    few = cost(client, address)

    for _ in range(MANY):
        make_draft(section, writer)

    assert cost(client, address) <= few


def put_under_review(section, number):
    """Put an article under review with people of its own, and texts that wait; every second one is read blind."""
    author, holders = writer_user(username=f"w{number}"), [reviewer_user(username=f"h{number}{at}") for at in "ab"]
    state = submit(make_draft(section, author, cited=2), author)
    state.assigned_to, state.second_to, state.two_reviewers = holders[0], holders[1], number % 2 == 0
    state.save()
    Absence.objects.create(user=holders[1], first_day=timezone.localdate(), last_day=timezone.localdate())
    if state.two_reviewers:
        answer = {"state": state, "submission": state.submission, "given_at": timezone.now()}
        BlindAnswer.objects.create(user=holders[0], decision="sign", **answer)
        BlindAnswer.objects.create(user=holders[1], decision="sign", opened_at=timezone.now(), **answer)
        RatingGap.objects.create(
            subject_uuid=state.subject_uuid,
            state=state,
            submission=state.submission,
            ratings={"interest": [1, 5]},
            found_at=timezone.now(),
        )
    article = ArticlePage.objects.get(pk=int(state.revision.object_id))
    add_comment(article.get_latest_revision_as_object(), holders[0], "title", "A word")
    Correction.objects.create(article=article, date=timezone.localdate(), text="<p>It said less.</p>")
    TopicFactory(definition="What it is.")


def fill_newsroom(section, number, people):
    """Put something into each list of the dashboard of each of some people."""
    put_under_review(section, number)
    for user in people:
        draft = make_draft(section, user)
        log(instance=draft, action="wagtail.edit", user=user)
        submit(draft, user).reject(user=reviewer_user(username=f"back-{user.pk}-{number}"), comment="A word")
    others = writer_user(username=f"o{number}")
    planned, late, held = (make_draft(section, others) for _ in range(3))
    for article, state in ((planned, "planned"), (held, "held")):
        Release.objects.create(
            article=article,
            revision=article.latest_revision,
            kind=Release.Kind.PUBLISH,
            state=state,
            due_at=timezone.now() + timedelta(days=number),
        )
    late.go_live_at = timezone.now() - timedelta(days=1)
    late.save_revision()
    planned.embargo_until = timezone.now() + timedelta(days=9)
    planned.save_revision()
    SourceTask.objects.create(article=late, notice=StudyNoticeFactory(study=late.study))
    DailyViews.objects.create(page=draft, day=timezone.localdate(), views=3)
    log(instance=section, action="wagtail.edit", user=user)
    ReaderReport.objects.create(article=late, kind="wrong", words="Wrong.", owner=others, digest="0" * 64)


@pytest.mark.parametrize("who", ["writer", "reviewer", "editor", "admin"])
def test_the_dashboard_keeps_to_its_statements_however_much_waits(who, section, writer, request):
    user = admin_user() if who == "admin" else request.getfixturevalue(who)
    client = browser(user)
    fill_newsroom(section, 0, [user])
    few = cost(client, "/admin/")

    for number in range(1, 4):
        fill_newsroom(section, number, [user])

    assert cost(client, "/admin/") <= few <= LIST


@pytest.mark.parametrize(
    "address", [f"/admin/{name}/" for name in ("research/release", *(f"reports/{one}" for one in REPORTS))]
)
def test_lists_ask_no_more_for_more_rows(address, section, writer, reviewer, editor):
    publish(make_draft(section, writer), reviewer)
    few = cost(browser(editor), address)

    for _ in range(4):
        publish(make_draft(section, writer), reviewer)

    assert cost(browser(editor), address) <= few


def test_a_saved_article_is_found_by_what_it_cites(section, writer):
    draft, client = make_draft(section, writer, cited=2), browser(writer)
    stored = ArticlePage.objects.get(pk=draft.pk).get_latest_revision_as_object()
    other, posted = StudyFactory(), editor_post(stored)

    client.post(edit_address(draft), posted | {"also_cited-0-study": other.pk, "also_cited-1-DELETE": "on"})

    row = ArticlePage.objects.get(pk=draft.pk)
    found = ReferenceIndex.get_references_for_object(row).filter(model_path="also_cited.item.study")
    cited = set(found.values_list("to_object_id", flat=True))
    assert cited == {str(other.pk)}


@pytest.mark.parametrize("who", ["editor", "reviewer"])
def test_the_list_of_reviews_keeps_to_its_statements_however_many_wait(who, section, request):
    client = browser(request.getfixturevalue(who))
    for number in range(2):
        put_under_review(section, number)
    few = cost(client, "/admin/reviews/")

    for number in range(2, MANY):
        put_under_review(section, number)

    assert cost(client, "/admin/reviews/") == few <= LIST


@pytest.mark.parametrize("is_live", [True, False])
@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize("who", ["writer", "reviewer", "editor", "admin"])
def test_who_may_delete_an_article_is_as_wagtail_says(who, is_own, is_live, section, writer, request):
    user = admin_user() if who == "admin" else request.getfixturevalue(who)
    article = ArticlePageFactory(parent=section, by=user if is_own else writer)
    Page.objects.filter(pk=article.pk).update(live=is_live)
    article = ArticlePage.objects.get(pk=article.pk)

    for ignores in (True, False):
        expected = PagePermissionTester(user, article).can_delete(ignores)
        assert article.permissions_for_user(user).can_delete(ignores) == expected


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize("where", ["root", "section", "article"])
def test_the_workflow_of_an_article_is_the_one_that_wagtail_finds(where, is_active, section, writer):
    article = make_draft(section, writer)
    nearer = Workflow.objects.create(name="Nearer", active=is_active)
    if where != "root":
        page = section if where == "section" else article
        WorkflowPage.objects.create(workflow=nearer, page=Page.objects.get(pk=page.pk))
    article = ArticlePage.objects.get(pk=article.pk)

    assert article.get_workflow() == Page.get_workflow(article)
    assert article.has_workflow == Page.has_workflow.fget(article)


def asked_by(panel: type[NewsroomPanel]) -> QuerySet:
    """Return what a panel of an editor's dashboard asks for."""
    (rows,) = panel(editor_user(), 0).asks().values()
    return rows


# What grows with the site is found by an index of what is wanted of it.
SOUGHT = {
    "what is not done": (lambda: Release.objects.not_done().order_by("due_at"), "releases_not_done"),
    "what readers reported": (lambda: asked_by(ReaderReportsPanel), "research_re_state_"),
    "what is under embargo": (lambda: Study.objects.filter(embargo_until__gt=timezone.now()), "studies_under_embargo"),
    "what is due for re-review": (lambda: on_the_clock().select_related(None), "published_by_next_review"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", SOUGHT)
def test_what_the_dashboard_and_the_reports_seek_is_in_an_index(what):
    rows, index = SOUGHT[what]
    never_whole()

    assert index in rows().explain()


@pytest.mark.django_db
@pytest.mark.parametrize("panel", [GoingLivePanel, StuckReleasesPanel])
def test_the_dashboard_seeks_releases_among_those_that_are_not_done(panel):
    asked = asked_by(panel)

    # What the index is of: a database that knows how many are done takes no other.
    assert '"done_at" IS NULL' in str(asked.query)
    assert "SCAN research_release" not in asked.explain()
