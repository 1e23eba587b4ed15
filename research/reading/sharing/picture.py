"""What the picture of a shared link says, and its file: drawn once of sealed words, and anew when it says less.

The file is not public by itself: a view gives it out while the article has an address. One file an article.
"""

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext

from common import letterhead
from research.artwork.share import DRAWING, SIZE, ShareFacts, draw_share, is_drawable
from research.content.article import ArticleContent
from research.models.published import PublishedArticle
from research.models.references import StudyNotice
from research.reading.notice_views import warning_of
from research.reading.shapes import SharedPicture
from research.rubric import Rating

FOLDER = "share"


def facts_of(
    content: ArticleContent,
    section: str,
    *,
    rating: Rating,
    labels: Sequence[tuple[str, str]],
    notices: Sequence[StudyNotice],
) -> ShareFacts:
    """Return what is drawn for an article: its title, its rating as the page shows it, and what its study became."""
    publication = letterhead.current()
    return ShareFacts(
        title=content.title,
        publication=publication.name,
        section=section,
        rating=_rating_words(rating),
        value=rating.band.value if rating.band else 0,
        out_of=rating.out_of,
        label=" · ".join(gettext(words) for _question, words in labels),
        warning=warning_of(notices),
        colour=publication.colour,
    )


def shared_picture(address: str, facts: ShareFacts) -> SharedPicture | None:
    """Return the picture as the head of a page names it; None where the fonts lack a letter of it."""
    if not is_drawable(facts):
        return None
    words = ". ".join(part for part in (facts.warning, facts.title.rstrip("."), facts.rating) if part)
    return SharedPicture(f"{address}share.png?v={version_of(facts)}", words, *SIZE)


def version_of(facts: ShareFacts) -> str:
    """Return another twelve letters for each other picture."""
    return hashlib.sha256(repr((DRAWING, astuple(facts))).encode()).hexdigest()[:12]


def stored(row: PublishedArticle, facts: ShareFacts) -> bytes:
    """Return the picture of a public article as PNG: as it is stored, or drawn and stored in the place of an older one.

    What was taken down while it was drawn stays stored nowhere: its words may have been removed.
    """
    name = f"{FOLDER}/{row.subject_uuid}/{version_of(facts)}.png"
    # Opened without a look before: another request may delete it in between, for a newer one.
    with suppress(FileNotFoundError), default_storage.open(name) as file:
        kept: bytes = file.read()
        return kept
    buffer = io.BytesIO()
    draw_share(facts).save(buffer, format="PNG", optimize=True)
    delete_of(row.subject_uuid)
    made = default_storage.save(name, ContentFile(buffer.getvalue()))
    if made != name:  # another process was faster
        default_storage.delete(made)
    if not PublishedArticle.objects.not_withdrawn().filter(pk=row.pk, digest=row.digest).exists():
        delete_of(row.subject_uuid)
    return buffer.getvalue()


def delete_of(subject_uuid: UUID) -> None:
    """Delete what is stored of an article; it is drawn again when it is asked for, and still public."""
    folder = f"{FOLDER}/{subject_uuid}"
    try:
        _folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        default_storage.delete(f"{folder}/{name}")


def _rating_words(rating: Rating) -> str:
    if rating.band is None:
        return gettext("Its rating is withheld") if rating.withheld else ""
    return gettext("Credibility %(value)d of %(out_of)d: %(word)s") % {
        "value": rating.band.value,
        "out_of": rating.out_of,
        "word": gettext(rating.band.word).lower(),
    }
