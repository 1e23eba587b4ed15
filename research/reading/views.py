"""The public pages of the research section. They read sealed rows only, and write nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from common import letterhead
from common.conditional import with_last_modified
from common.models import BasePage
from common.page_store.shown import kept, shows, shows_until
from research.content.article import ArticleContent, Citation, read_canonical
from research.content.richtext import text_of
from research.models.explainers import ArticleNotice, Correction, Explainer, PageText
from research.models.people import contributor_address
from research.models.published import PublishedArticle
from research.models.references import Study, StudyNotice, studies_known_as
from research.models.signoffs import SignOff
from research.models.texts import PublishedText
from research.models.topics import Topic
from research.publishing import pictures, public_pictures, showing
from research.publishing.contributors import bylines
from research.publishing.showing import NAMED_BY_ARTICLES, NAMED_BY_LISTS
from research.reading import build
from research.reading.check_state import reader_words
from research.reading.feeds import section_channel
from research.reading.notice_views import placed_notices
from research.reading.pagination import page_of_list
from research.reading.shapes import ArticlePresentation, Byline, Link, Metadata, PageTextView, Reading
from research.reading.sharing.picture import facts_of, shared_picture
from research.reading.structured.article import dublin_core, json_ld
from research.reading.structured.lists import collection_page, condition
from research.reading.topics.links import topic_links
from research.reading.where_from.placing import with_sources
from research.reading.where_from.quoting import where_from, without_repeats
from research.review import blind

PER_PAGE = 12


@kept(names=NAMED_BY_ARTICLES)
def article(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Serve one article from its sealed words; 410 once it was withdrawn or has expired."""
    return _article(request, section_slug, slug, with_details=False)


@kept(names=NAMED_BY_ARTICLES)
def article_with_details(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Serve an article with all its details open; one that has none leads to where it stands."""
    return _article(request, section_slug, slug, with_details=True)


def _article(request: HttpRequest, section_slug: str, slug: str, *, with_details: bool) -> HttpResponse:
    now = timezone.now()
    row = public_row(section_slug, slug, now)
    if row is None:
        return render(request, "research/withdrawn.html", status=410)
    presentation = presentation_of(request, row, now, with_details=with_details)
    if with_details and not presentation.readings:
        return redirect(row.address)
    context = {"article": presentation, "metadata": presentation.metadata}
    return with_last_modified(render(request, "research/article_page.html", context), row.updated_at)


def public_row(section_slug: str, slug: str, now: datetime, *, also: tuple[str, ...] = ()) -> PublishedArticle | None:
    """Return the sealed row that readers find at an address, with all that its page asks of other tables.

    None where an article was public once, and was withdrawn or has expired. ``also`` names further relations that
    the caller asks for.

    Raises:
        Http404: nothing is or was public at this address.
    """
    return public_row_of(now, also=also, address=f"/{section_slug}/{slug}/")


def public_row_of(now: datetime, *, also: tuple[str, ...] = (), **named: Any) -> PublishedArticle | None:
    """Return what ``public_row`` does of the article that ``named`` names: by its address, or its UUID."""
    rows = PublishedArticle.objects.select_related("section", "study", "sign_off__personal", *also)
    rows = bylines.with_reviewers_page(rows)
    row = showing.with_end_of_notices(rows, now).public_now(now).filter(**named).first()
    if row is None:
        _demand_gone(now, **named)
    return row


def _demand_gone(now: datetime, **named: Any) -> None:
    """Return where an article was public once, and was withdrawn or has expired.

    Raises:
        Http404: nothing that ended was ever public at this address.
    """
    row = PublishedArticle.objects.filter(**named).only("withdrawn_at", "expires_at").first()
    if row is None or (row.withdrawn_at is None and (row.expires_at is None or row.expires_at > now)):
        raise Http404


def presentation_of(
    request: HttpRequest,
    row: PublishedArticle,
    now: datetime,
    *,
    with_related: bool = True,
    with_details: bool = False,
) -> ArticlePresentation:
    """Return a public article as its template prints it; without what to read next where nobody prints that.

    ``with_details`` is for the longer of its two readings.
    """
    content = read_canonical(row.content)
    notices = list(row.study.notices.order_by("date", "pk")) if row.study else []
    topics = list(row.topics.by_name().only("pk", "name", "slug"))
    related = list(PublishedArticle.objects.beside(row, now)) if with_related else []
    showing.show_article(row, topics, related)
    line = row.sign_off
    url = request.build_absolute_uri(row.address)
    overdue = row.review_due_at <= now
    byline = Byline(
        authors=joined(row.authors),
        authors_linked=linked_authors(row),
        reviewer=line.reviewer_name,
        reviewer_url=bylines.reviewers_page(row),
        reviewer_credentials=line.reviewer_credentials,
        also_reviewed_by=joined([named(other) for other in also_signed(row)]),
        reviewed_on=timezone.localdate(row.reviewed_at),
        due_on=timezone.localdate(row.review_due_at),
        overdue=overdue,
        published_at=row.published_at,
        updated_at=row.updated_at,
        minutes=build.minutes_to_read(content if with_details else content.short_reading),
    )
    return present(
        content,
        section=row.section,
        notices=notices,
        topics=topics,
        byline=byline,
        related=related,
        stored_pictures=public_pictures.as_public(row.pictures),
        texts=signed_texts(content, row.section, row.page_id, row.subject_uuid),
        url=url,
        published=row,
        links=public_links(content, now),
        source=row.study,
        with_details=with_details,
    )


def also_signed(row: PublishedArticle) -> list[SignOff]:
    """Return the signatures of other people that stand for what is public; asked for where the section wants two."""
    if not row.section.two_reviewers:
        return []
    lines = blind.by_different_people(row.subject_uuid, row.digest, row.reviewed_at)
    return [line for line in lines if line.reviewer_id != row.sign_off.reviewer_id]


def named(line: SignOff) -> str:
    """Return who signed, with their credentials."""
    return ", ".join(part for part in (line.reviewer_name, line.reviewer_credentials) if part)


def present(
    content: ArticleContent,
    *,
    section: Any,
    notices: Sequence[Any],
    topics: Sequence[Topic],
    byline: Byline,
    related: Sequence[PublishedArticle],
    stored_pictures: Mapping[str, Any],
    texts: Mapping[str, PublishedText],
    url: str,
    published: PublishedArticle | None,
    links: Mapping[int, str],
    source: Study | None = None,
    known_notices: Sequence[str] | None = None,
    with_details: bool = False,
) -> ArticlePresentation:
    """Return words as their template prints them; ``published`` is None where they are not public."""
    considered = published.sign_off.notices_considered if published else None
    credibility, interest = build.ratings(content, notices, considered)
    places = where_from(content)
    lead_words = content.lead_image.alternative_text if content.lead_image else ""
    picture = pictures.picture(stored_pictures.get(pictures.LEAD), lead_words)
    image_url = absolute(url, picture.src) if picture and url else ""
    # What happened to a study, and when it was last checked, stands outside the seal.
    checked = reader_words(source, notices)
    study = build.study_view(content.study, notices, checked) if content.study else None
    also_cited = _with_notices(content.also_cited, known_notices)
    labels = build.labels(content, notices)
    shared_facts = facts_of(content, section.title, rating=credibility, labels=labels, notices=notices)
    corrections = build.correction_views(text for text in texts.values() if text.subject_type == "correction")
    return ArticlePresentation(
        title=content.title,
        summary=content.summary,
        section=Link(section.title, f"/{section.slug}/"),
        labels=labels,
        credibility=credibility,
        interest=interest,
        key_takeaway=mark_safe(with_sources(content.key_takeaway, places.get("key_takeaway", ()))),
        sections=build.sections(
            content,
            stored_pictures=stored_pictures,
            terms=texts,
            links=links,
            places=places,
            with_details=with_details,
        ),
        where_from=without_repeats([*places.get("title", ()), *places.get("summary", ())]),
        study=study,
        also_cited=tuple(build.study_view(cited, found) for cited, found in also_cited),
        topics=tuple(Link(topic.name, f"/{section.slug}/topics/{topic.slug}/") for topic in topics),
        related=tuple(build.card(row) for row in related),
        explainer=build.explainer_view(texts.get("explainer"), section.condition_short_name, content.study),
        byline=byline,
        metadata=Metadata(
            title=build.metadata_title(content, notices),
            description=content.search_description or content.summary,
            canonical_url=url,
            image_url=image_url,
            json_ld=json_ld(
                content,
                url=url,
                section=section,
                published=published,
                reviewer=byline.reviewer,
                reviewer_url=byline.reviewer_url,
                rating=credibility,
                image_url=image_url,
                licence_url=letterhead.current().licence_url,
                notices=notices,
                corrections=corrections,
            )
            if published
            else "",
            robots="" if published else "noindex",
            dublin_core=dublin_core(content, url=url, published=published) if published else (),
            shared=shared_picture(url, shared_facts) if published else None,
        ),
        picture=picture,
        notices=(*placed_notices(texts), *(study.notices if study else ())),
        corrections=corrections,
        early_research=credibility.label,
        report_url=f"{published.address}report/" if published else "",
        made_url=f"{published.address}made/" if published else "",
        questions_url=f"{published.address}questions/" if published and questions_in(content) else "",
        readings=_readings(content, published.address, with_details) if published else (),
        version=published.version if published else 0,
        is_preview=published is None,
        language=content.language,
    )


def questions_in(content: ArticleContent) -> list[str]:
    """Return the signed questions that readers may bring to whoever cares for them, in reading order."""
    blocks = (block for section in content.sections for block in section.blocks if block.kind == "question")
    return [text for block in blocks if (text := block.values.get("text", ""))]


def _readings(content: ArticleContent, address: str, with_details: bool) -> tuple[Reading, ...]:
    """Return the two lengths of an article, the short one first; none where they are the same.

    Details of a few lines take no minute more, and a number that is the same says nothing of the two.
    """
    if not content.has_details:
        return ()
    short, whole = build.minutes_to_read(content.short_reading), build.minutes_to_read(content)
    if short == whole:
        short = whole = 0
    return (
        Reading(gettext("Short and plain"), address, short, not with_details),
        Reading(gettext("With the details"), f"{address}details/", whole, with_details),
    )


def _with_notices(
    citations: Sequence[Citation], known: Sequence[str] | None
) -> list[tuple[Citation, list[StudyNotice]]]:
    """Return further sources, each with what happened to it since; two statements, none without sources."""
    wanted = {UUID(cited.study) for cited in citations if cited.study}
    studies = studies_known_as(wanted) if citations else {}
    showing.show_studies(len(wanted), studies.values())
    found = defaultdict(list)
    rows = StudyNotice.objects.filter(study__in=studies.values()).order_by("date", "pk") if studies else ()
    for notice in rows:
        if known is not None and str(notice.uuid) not in known:
            continue
        found[notice.study_id].append(notice)
    by_citation = {str(uuid): found[study.pk] for uuid, study in studies.items()}
    return [(cited, by_citation.get(cited.study, [])) for cited in citations]


def notices_of(content: ArticleContent) -> list[StudyNotice]:
    """Return what happened to the rated study of some words, whatever the article is about by now."""
    cited = _with_notices([content.study] if content.study else [], None)
    return [notice for _, found in cited for notice in found]


def subject_of(page_id: int | None) -> UUID | None:
    """Return the subject of an article that is, or was, public; others have no corrections."""
    rows = PublishedArticle.objects.filter(page_id=page_id)
    return rows.values_list("subject_uuid", flat=True).first()


def signed_texts(
    content: ArticleContent, section: Any, article_id: int | None, subject: UUID | None
) -> dict[str, PublishedText]:
    """Return the signed texts an article shows, by subject UUID; the explainer also by its type.

    The seals of explainers and corrections say what they are about; their rows could be pointed elsewhere.
    """
    rows = PublishedText.objects.filter(
        Q(subject_uuid__in=content.terms)
        | Q(subject_type=Explainer.subject_type, values__section=str(section.translation_key))
        | Q(subject_uuid__in=_notices_above(article_id))
        | Q(subject_type=Correction.subject_type, values__article=str(subject))
    )
    texts = {str(row.subject_uuid): row for row in rows}
    showing.show_texts([*content.terms, *texts, section.translation_key, subject])
    explainer = next((row for row in rows if row.subject_type == "explainer"), None)
    return {**texts, "explainer": explainer} if explainer else texts


def _notices_above(article_id: int | None) -> Any:
    now = timezone.now()
    placed = ArticleNotice.objects.filter(article_id=article_id)
    standing = placed.filter(Q(removed_at__isnull=True) | Q(removed_at__gt=now))
    return standing.values("wording__subject_uuid")


def page_text(page: BasePage) -> PageTextView | None:
    """Return the signed text of a page that is no article; None where there is none.

    The seal says which page it is about; its row could be pointed elsewhere.
    """
    signed = PublishedText.objects.filter(
        subject_type=PageText.subject_type, values__page=str(page.translation_key)
    ).first()
    return PageTextView(build.linked(signed.value("text"), {}), signed.signed_at) if signed else None


def signed_at(text: PageTextView | None) -> datetime | None:
    """Return when the signed text of a page was signed; None where there is none."""
    return text.signed_at if text else None


def public_links(content: ArticleContent, now: datetime) -> dict[int, str]:
    wanted = build.linked_page_ids(content)
    if not wanted:
        return {}
    rows = PublishedArticle.objects.public_now(now).filter(page_id__in=wanted)
    found = list(rows.values_list("page_id", "address", "expires_at"))
    shows(*map(showing.article_tag, wanted))
    shows_until(*(expires_at for *_, expires_at in found))
    return {page_id: address for page_id, address, _ in found}


@kept("page", names=NAMED_BY_LISTS)
def section_front(request: HttpRequest, section: Any) -> HttpResponse:
    """Serve a section's newest articles, and its busiest topics."""
    now = timezone.now()
    total = getattr(section, "listed", None)
    listed, pages = page_of_list(request, now, section_id=section.pk, total=total, per_page=PER_PAGE)
    cards = [build.card(row) for row in listed]
    reviewed_text = page_text(section)
    description = section.search_description or text_of(section.intro) or section_channel(section).subtitle
    metadata = page_metadata(request, section.seo_title or section.title, description, pages.number)
    told = collection_page(
        metadata,
        cards,
        language=section.language,
        about=condition(section.condition_name, section.condition_mesh_ui),
        total=pages.total,
        start=(pages.number - 1) * PER_PAGE,
    )
    page = render(
        request,
        "research/topic_index_page.html",
        {
            "section": section,
            "intro": mark_safe(build.linked(section.intro, {})),
            "reviewed_text": reviewed_text,
            "cards": cards,
            "pages": pages,
            "topics": topic_links(section, now, limit=16),
            "topics_url": f"/{section.slug}/topics/",
            "feed_url": f"/{section.slug}/",
            "metadata": replace(metadata, json_ld=told),
        },
    )
    return with_last_modified(page, *(row.updated_at for row in listed), signed_at(reviewed_text))


def page_metadata(request: HttpRequest, title: str, description: str, number: int = 1) -> Metadata:
    """Return what the head of a page that is no article says about it; ``number`` is that of a page of a list.

    Each page of a list has words that no other has, so each is found under its own address and name.
    """
    address = request.build_absolute_uri(request.path)
    return Metadata(
        title=gettext("%(title)s, page %(number)s") % {"title": title, "number": number} if number > 1 else title,
        description=description or "",
        canonical_url=f"{address}?page={number}" if number > 1 else address,
    )


def absolute(page_url: str, address: str) -> str:
    """Return a picture's address with the scheme and host of the page it stands on."""
    return urljoin(page_url, address)


def linked_authors(row: PublishedArticle) -> SafeString:
    """Return the names of the byline as a sentence has them, each a link where it leads to the contributor's page."""
    ids = [*row.author_ids, *[None] * len(row.authors)]
    names = [
        format_html('<a href="{}">{}</a>', contributor_address(pk), name) if pk else escape(name)
        for name, pk in zip(row.authors, ids, strict=False)
    ]
    return mark_safe(joined(names))


def joined(names: Sequence[str]) -> str:
    """Return names as a sentence has them: "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}
