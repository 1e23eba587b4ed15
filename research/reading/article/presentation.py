"""An article as its template prints it, public or not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from common import letterhead
from research.content.article import ArticleContent
from research.models.people import contributor_address
from research.models.published import PublishedArticle
from research.models.references import Study, StudyNotice
from research.models.signoffs import SignOff
from research.models.texts import PublishedText
from research.models.topics import Topic
from research.publishing import pictures, public_pictures, showing
from research.publishing.contributors import bylines
from research.reading import build
from research.reading.article.rows import Read, links_by_page, notices_of, read_article, texts_by_subject
from research.reading.check_state import reader_words
from research.reading.notice_views import placed_notices
from research.reading.shapes import ArticlePresentation, Byline, Link, Metadata, Reading
from research.reading.sharing.picture import facts_of, shared_picture
from research.reading.structured.article import dublin_core, json_ld
from research.reading.where_from.placing import with_sources
from research.reading.where_from.quoting import where_from, without_repeats


def presentation_of(request: HttpRequest, row: PublishedArticle, now: datetime) -> ArticlePresentation:
    """Return a public article for who shows it in another way than its page; without what to read next."""
    url = request.build_absolute_uri(row.address)
    return presentation(read_article(row, now, with_related=False), url)


def presentation(read: Read, url: str, *, with_details: bool = False) -> ArticlePresentation:
    """Return a public article as its template prints it. Asks nothing of the database.

    Args:
        read: what the tables have.
        url: its whole address.
        with_details: the longer of its two readings.
    """
    row, content = read.row, read.content
    known = notices_of(read.histories, read.studies)
    topics, related = read.topics.rows, read.related.rows if read.related else []
    showing.show_article(row, topics, related, due_at=None if read.is_overdue else row.review_due_at)
    line = row.sign_off
    byline = Byline(
        authors=joined(row.authors),
        authors_linked=linked_authors(row),
        reviewer=line.reviewer_name,
        reviewer_url=bylines.reviewers_page(row),
        reviewer_credentials=line.reviewer_credentials,
        also_reviewed_by=joined([named(other) for other in read.also_signed]),
        reviewed_on=timezone.localdate(row.reviewed_at),
        due_on=timezone.localdate(row.review_due_at),
        overdue=read.is_overdue,
        published_at=row.published_at,
        updated_at=row.updated_at,
        minutes=build.minutes_to_read(content if with_details else content.short_reading),
    )
    return present(
        content,
        section=row.section,
        notices=known.get(str(row.study.subject_uuid), []) if row.study else [],
        cited_notices=known,
        topics=topics,
        byline=byline,
        related=related,
        stored_pictures=public_pictures.as_public(row.pictures),
        texts=texts_by_subject(read.texts.rows, content, row.section, row.subject_uuid),
        url=url,
        published=row,
        links=links_by_page(read.links.rows, build.linked_page_ids(row.content)) if read.links else {},
        source=row.study,
        with_details=with_details,
    )


def present(
    content: ArticleContent,
    *,
    section: Any,
    notices: Sequence[StudyNotice],
    cited_notices: Mapping[str, Sequence[StudyNotice]],
    topics: Sequence[Topic],
    byline: Byline,
    related: Sequence[PublishedArticle],
    stored_pictures: Mapping[str, Any],
    texts: Mapping[str, PublishedText],
    url: str,
    published: PublishedArticle | None,
    links: Mapping[int, str],
    source: Study | None = None,
    with_details: bool = False,
) -> ArticlePresentation:
    """Return words as their template prints them; ``published`` is None where they are not public.

    ``notices`` are those of the rated study, ``cited_notices`` those of
    further sources, by the UUID they are cited under.
    """
    considered = published.sign_off.notices_considered if published else None
    credibility, interest = build.ratings(content, notices, considered)
    places = where_from(content)
    lead_words = content.lead_image.alternative_text if content.lead_image else ""
    picture = pictures.picture(stored_pictures.get(pictures.LEAD), lead_words)
    image_url = absolute(url, picture.src) if picture and url else ""
    # What happened to a study, and when it was last checked, stands outside the seal.
    checked = reader_words(source, notices)
    study = build.study_view(content.study, notices, checked) if content.study else None
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
        also_cited=tuple(build.study_view(cited, cited_notices.get(cited.study, ())) for cited in content.also_cited),
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


def named(line: SignOff) -> str:
    """Return who signed, with their credentials."""
    return ", ".join(part for part in (line.reviewer_name, line.reviewer_credentials) if part)


def absolute(page_url: str, address: str) -> str:
    """Return a picture's address with the scheme and host of the page it stands on."""
    return urljoin(page_url, address)


def linked_authors(row: PublishedArticle) -> SafeString:
    """Return the names of the byline as a sentence has them, each a link where it leads to the contributor's page."""
    names = [
        format_html('<a href="{}">{}</a>', contributor_address(pk), name) if pk else escape(name)
        for name, pk in row.byline()
    ]
    return mark_safe(joined(names))


def joined(names: Sequence[str]) -> str:
    """Return names as a sentence has them: "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}
