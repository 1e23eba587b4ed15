"""A whole site in a database and a folder of its own, gone afterwards; for benchmarks and replays."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import override_settings, setup_databases, setup_test_environment, teardown_databases
from django.test.utils import teardown_test_environment as leave_test_environment
from wagtail.models import Page, Site

from common.models import User
from research.content.stored import read_canonical
from research.models import Appraisal, ArticlePage, Journal, Person, SignOff, Study, TopicIndexPage
from research.newsroom.permissions import MEDICAL_REVIEWERS, WRITERS
from research.publishing.freezing import freeze
from research.review.claims.ticks import required_ticks
from research.review.frozen import Shown
from research.review.questions import REVIEW_QUESTIONS
from research.review.signing import sign_article

ANSWERS = {question.key: {"answer": "yes", "note": ""} for question in REVIEW_QUESTIONS}
NO_STAKE = "I have no stake in this study."
APPRAISAL = {
    "design": "randomised_trial",
    "population": "people_outcome",
    "people": 3849,
    "registered": "yes",
    "measured_alike": "yes",
    "checking": "peer_reviewed",
    "interests": "declared",
    "other_research": "agree",
    "reach": "many",
    "actionable": "available",
    "novelty": "adds",
}


@contextmanager
def throwaway_database() -> Iterator[None]:
    """Work in a test database, made by the migrations and dropped again; never the site's own."""
    setup_test_environment(debug=False)
    logging.disable(logging.CRITICAL)  # a failure that is part of a replay is no news
    try:
        with TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder), _database_below(Path(folder)):
            yield
    finally:
        logging.disable(logging.NOTSET)
        leave_test_environment()


@contextmanager
def _database_below(folder: Path) -> Iterator[None]:
    """Make the test database: on SQLite a file as a site has it, since one in memory outlives its connection."""
    connection.close()
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(folder / "throwaway.sqlite3")
    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)


def make_section() -> TopicIndexPage:
    """Return a section below a home page, made when there is none."""
    found = TopicIndexPage.objects.first()
    if found is not None:
        return found
    home = apps.get_model("home", "HomePage")(title="A publication", slug="publication")
    Page.objects.get(depth=1).add_child(instance=home)
    Site.objects.update_or_create(is_default_site=True, defaults={"hostname": "localhost", "root_page": home})
    section = TopicIndexPage(title="Section", slug="section", condition_name="a condition", condition_short_name="C")
    home.add_child(instance=section)
    return section


def make_plain_page(slug: str, **values: Any) -> Any:
    """Return a page as Wagtail has them, unguarded: a draft with one revision."""
    given = {"title": f"A plain page: {slug}", "slug": slug, "live": False}
    page = apps.get_model("home", "InfoPage")(**(given | values))
    make_section().get_parent().add_child(instance=page)
    page.save_revision()
    return page


def make_writer(name: str) -> User:
    """Return a new account in Writers."""
    return make_member(name, WRITERS)


def make_reviewer(name: str) -> User:
    """Return a new account in Medical reviewers, credentials on record."""
    return make_member(name, MEDICAL_REVIEWERS)


def make_member(name: str, group: str) -> User:
    """Return a new account in one of the groups of the newsroom, with an entry among its people."""
    user = User.objects.create_user(name, f"{name}@example.org", first_name=name.capitalize())
    user.groups.add(Group.objects.get(name=group))
    Person.objects.create(name=name.capitalize(), credentials="MD", user=user)
    return user


def make_article(slug: str, *, by: User | None = None, **values: Any) -> ArticlePage:
    """Return a complete draft with one revision."""
    given = {
        "title": f"What one trial found: {slug}",
        "summary": "Fewer people had a relapse.",
        "key_takeaway": "<p>The treatment may prevent some relapses.</p>",
        "study": make_study(slug),
        "body": [
            (section, [("text", {"html": f"<p>Words about {slug}.</p>"})])
            for section in ("what_they_found", "who_should_care", "important_considerations")
        ],
    }
    page = ArticlePage(slug=slug, live=False, owner=by, **(given | values))
    page.appraisals = [Appraisal(**APPRAISAL)]
    make_section().add_child(instance=page)
    page.save_revision(user=by)
    return page


def countersign(article: ArticlePage, reviewer: User) -> SignOff:
    """Freeze the newest draft of an article and countersign it."""
    frozen = freeze(article.get_latest_revision(), article.owner)
    return sign_article(
        frozen,
        reviewer,
        shown=Shown.of(frozen),
        answers=ANSWERS,
        ticks=[claim.key for claim in required_ticks(read_canonical(frozen.content))],
        conflict_statement=NO_STAKE,
    )


def make_study(name: str) -> Study:
    """Return a new study of a journal."""
    journal, _ = Journal.objects.get_or_create(name="A journal")
    return Study.objects.create(title=f"A trial: {name}", journal=journal, year=2018, authors="Park JH\nHalvard I")
