"""How an article starts: empty, from a study on record, or from an import that brings one."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from common.models import AnyUser, User, signed_in
from research.content.working_title import working_title
from research.editor.page_forms import name_its_writer
from research.models.pages import ArticlePage
from research.models.references import Study
from research.models.sections import TopicIndexPage
from research.models.watch import ImportJob
from research.record.importing import Action
from research.record.jobs import run_job, start_import
from research.sources.pasted import Identifier, identifiers_in

TITLE_LENGTH = 100
NEW_ARTICLE = "New article"
MOST_STUDIES = 100


def all_sections() -> QuerySet[TopicIndexPage]:
    """Return every section, by title."""
    return TopicIndexPage.objects.order_by("title")


def sections_for(user: AnyUser, sections: Iterable[TopicIndexPage] | None = None) -> list[TopicIndexPage]:
    """Return the sections in which a user may start an article, by title; of all, where those were not read already."""
    sections = all_sections() if sections is None else sections
    return [section for section in sections if section.permissions_for_user(user).can_add_subpage()]


def create_draft(study: Study | None, section: TopicIndexPage, user: User) -> ArticlePage:
    """Return a new draft with its three sections open, its writer named, and the study attached if there is one.

    Its title says that it is none yet; topics and ratings are left to the writer.
    """
    about = Truncator(study.title).chars(TITLE_LENGTH) if study else NEW_ARTICLE
    article = ArticlePage(title=working_title(about), study=study, live=False, owner=user)
    article.body = article.empty_body()
    name_its_writer(article, user)
    section.add_child(instance=article)
    article.save_revision(user=user, log_action=True)
    return article


@require_POST
def new_article(request: HttpRequest) -> HttpResponse:
    """Start an article without a study, and open it."""
    section = next((found for found in sections_for(request.user) if _is_asked_for(found, request)), None)
    if section is None:
        raise PermissionDenied(gettext("You may not write in this section."))
    return redirect("wagtailadmin_pages:edit", create_draft(None, section, signed_in(request.user)).pk)


def _is_asked_for(section: TopicIndexPage, request: HttpRequest) -> bool:
    return str(section.pk) == request.POST.get("section")


def start_from_record(request: HttpRequest, pasted: str) -> HttpResponse | None:
    """Answer a paste that names one study which is on record already; None for any other paste.

    With one section to write in, the draft is made and opened; else the section is asked for.
    """
    identifiers, problems = identifiers_in(pasted)
    if len(identifiers) != 1 or problems:
        return None
    study = Study.objects.filter(_named(identifiers[0])).first()
    if study is None:
        return None
    sections = sections_for(request.user)
    if len(sections) != 1 or study.articles.exists():
        return redirect("research_start_article", study.pk)
    messages.success(
        request, gettext("The study is on record already. The draft is there; give it a title of its own.")
    )
    return redirect("wagtailadmin_pages:edit", create_draft(study, sections[0], signed_in(request.user)).pk)


def _named(identifier: Identifier) -> Q:
    return Q(doi=identifier.doi) if identifier.doi else Q(pmid=identifier.pmid)


def import_and_start(request: HttpRequest, job: ImportJob) -> HttpResponse | None:
    """Import the one study of a job that was read, and open its draft; None where there are more, or none.

    It was fetched when it was read: what is left is one transaction, so the request waits for it.
    """
    sections = sections_for(request.user)
    if job.state != ImportJob.State.READY or job.total != 1 or len(sections) != 1 or not start_import(job):
        return None
    run_job.call(job.pk)
    study = studies_of(job).first()
    if study is None or study.articles.exists():
        return None
    return redirect("wagtailadmin_pages:edit", create_draft(study, sections[0], signed_in(request.user)).pk)


def studies_of(job: ImportJob) -> QuerySet[Study]:
    """Return the studies on record that an import named, at most ``MOST_STUDIES``, with their articles."""
    keys = [line["key"].partition(":") for line in job.lines if line["action"] != Action.REFUSED and line["key"]]
    dois = [value for kind, _, value in keys if kind == "doi"]
    pmids = [value for kind, _, value in keys if kind == "pmid"]
    return Study.objects.filter(Q(doi__in=dois) | Q(pmid__in=pmids)).prefetch_related("articles")[:MOST_STUDIES]
