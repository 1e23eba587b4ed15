"""The page of a contributor: who they are, what they declare, and what they wrote or countersigned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from common.page_store.shown import kept, shows, shows_until
from research.content.canonical import without_empty
from research.models.people import Person
from research.models.published import CARD_FIELDS, Credit, PublishedArticle
from research.publishing import pictures, public_pictures
from research.publishing.showing import NAMED_BY_CONTRIBUTORS, article_tag, person_tag, show_cards
from research.reading import build
from research.reading.article.presentation import absolute
from research.reading.pages import page_metadata
from research.reading.pagination import page_number, uncounted_pages
from research.reading.shapes import Card, Metadata, Pages
from research.reading.structured.writing import json_for_script

PER_PAGE = 12
DECLARED = ("sign_off__person_id", "sign_off__personal__conflict_statement", "sign_off__personal__salt")
PART_WORDS = {Credit.Part.WROTE: gettext_lazy("Wrote it"), Credit.Part.REVIEWED: gettext_lazy("Medically reviewed it")}


@dataclass(frozen=True)
class Work:
    """An article of a contributor: its card, what they did for it, and what they declared before signing it."""

    card: Card
    part: Any
    declared: str = ""


@kept("page", names=NAMED_BY_CONTRIBUTORS)
@require_safe
def contributor(request: HttpRequest, pk: int) -> HttpResponse:
    """Serve the page of somebody whom a public article names; 410 where the name was removed at their request.

    Raises:
        Http404: nobody, or nobody whom a public article names; or no such page of the list.
    """
    now = timezone.now()
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise Http404("No contributor has this number.")
    shows(person_tag(person.pk))
    if Person.objects.erased().filter(pk=pk).exists():
        return render(request, "research/contributor_removed.html", status=410)
    works, pages = _works(request, person, now)
    if not works:
        _demand_credit(person, now)
    picture = _photo(person)
    metadata = page_metadata(request, person.name, _description(person), pages.number)
    metadata = _with_json_ld(metadata, person, absolute(metadata.canonical_url, picture.src) if picture else "")
    return render(
        request,
        "research/contributor.html",
        {
            "person": person,
            "role": person.get_role_display(),
            "orcid_url": f"https://orcid.org/{person.orcid}" if person.orcid else "",
            "picture": picture,
            "works": works,
            "pages": pages,
            "metadata": metadata,
        },
    )


def _works(request: HttpRequest, person: Person, now: datetime) -> tuple[Sequence[Work], Pages]:
    """Return a stretch of what lists may offer of somebody's work, newest first, read along the index."""
    number = page_number(request)
    start = (number - 1) * PER_PAGE
    credited = Credit.objects.filter(person=person).offered(now).newest_first().values_list("article", "part")
    found = list(credited[start : start + PER_PAGE + 1])
    if not found and number > 1:
        raise Http404(f"There is no page {number}.")
    parts = dict(found[:PER_PAGE])
    rows = PublishedArticle.objects.listable(now).filter(pk__in=parts).newest_first()
    rows = rows.select_related("study", "sign_off__personal").only(*CARD_FIELDS, *DECLARED)
    listed = list(rows)
    show_cards(listed)
    return [_work(row, parts[row.pk]) for row in listed], uncounted_pages(request, number, more=len(found) > PER_PAGE)


def _demand_credit(person: Person, now: datetime) -> None:
    """Return where an article that lists do not offer names somebody; the page ends with each of these.

    Raises:
        Http404: no public article does.
    """
    rows = PublishedArticle.objects.public_now(now).filter(credits__person=person)
    found = list(rows.values_list("page_id", "expires_at"))
    if not found:
        raise Http404("No public article names this contributor.")
    shows(*(article_tag(page_id) for page_id, _ in found))
    shows_until(*(expires_at for _, expires_at in found))


def _work(row: PublishedArticle, part: str) -> Work:
    declared = row.sign_off.conflict_statement if part == Credit.Part.REVIEWED else ""
    return Work(build.card(row), PART_WORDS[Credit.Part(part)], declared)


def _photo(person: Person) -> pictures.Picture | None:
    """Return the photo as readers get it; its words are the name that stands beside it, so it has none."""
    if person.photo_id is None or not person.photo_sizes:
        return None
    return pictures.picture(public_pictures.as_public({"": person.photo_sizes})[""], "")


def _description(person: Person) -> str:
    if person.role == Person.Role.MEDICAL_REVIEWER:
        return _("What %(name)s reviewed, with credentials and declared interests.") % {"name": person.name}
    return _("What %(name)s wrote, with credentials and declared interests.") % {"name": person.name}


def _with_json_ld(metadata: Metadata, person: Person, image_url: str) -> Metadata:
    """Return what the head says, with the person as structured data."""
    about = {
        "@type": "Person",
        "name": person.name,
        "url": metadata.canonical_url,
        "description": person.bio,
        "jobTitle": str(person.get_role_display()),
        "honorificSuffix": person.credentials,
        "image": image_url,
        "sameAs": f"https://orcid.org/{person.orcid}" if person.orcid else "",
    }
    page = {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "url": metadata.canonical_url,
        "name": metadata.title,
        "mainEntity": about,
    }
    return replace(metadata, image_url=image_url, json_ld=json_for_script(without_empty(page)))
