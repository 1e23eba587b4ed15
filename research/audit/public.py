"""What readers see, compared with what was signed, with its receipts, and with the rows behind it."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files.storage import default_storage
from wagtail.models import PageViewRestriction

from research.audit.problems import BROKEN, DRIFTED, WORDS_AT_ONCE, SealProblem
from research.content.article import content_of
from research.content.canonical import digest_of
from research.content.stored import read_canonical
from research.models.pages import ArticlePage
from research.models.published import PublishedArticle
from research.models.references import FormerIdentifier, Study
from research.models.sections import TopicIndexPage
from research.models.signoffs import Receipt, SignOff
from research.models.studies.joined import StudyMerge
from research.models.texts import PublishedText
from research.publishing import receipts
from research.publishing.contributors import bylines
from research.publishing.public_row import card_fields
from research.review.chain import standing_line

#: What a live article's own row is compared with: a whole site's are held at once.
COMPARED = ("page_id", "digest", "authors", "author_ids", "section_id", "address", "restricted")


def check() -> Iterator[SealProblem]:
    """Yield what is public and not as signed or as released, then live rows that drifted from it."""
    watched = _watched()
    for row in PublishedArticle.objects.iterator(chunk_size=WORDS_AT_ONCE):
        subject = f"article {row.subject_uuid} ({row})"
        if row.withdrawn_at is None:
            yield from _check_words(row, subject, row.sign_off_id)
            if not _cards_as_signed(row):
                yield SealProblem(BROKEN, subject, "What cards and search show is not what was signed.")
            yield from _check_pictures(row, subject)
            yield from _check_identifiers(row, subject, watched)
        yield from _check_receipt(row, subject)
        yield from _check_versions(row, subject)
    known = PublishedArticle.objects.values("page_id")
    for page_id in (
        Receipt.objects.exclude(article_id__in=known).order_by().values_list("article_id", flat=True).distinct()
    ):
        yield SealProblem(BROKEN, f"page {page_id}", "Readers were given it, and its row is gone.")
    yield from _check_texts()
    yield from _check_live_rows()


def _check_words(row: Any, subject: str, sequence: int) -> Iterator[SealProblem]:
    if digest_of(row.sealed_words()) != row.digest:
        yield SealProblem(BROKEN, subject, "What readers see is not what its digest says.")
    line = standing_line(row.subject_uuid, row.digest)
    if line is None:
        yield SealProblem(BROKEN, subject, "No standing signature covers what readers see.")
    elif line.content != row.sealed_words():
        yield SealProblem(BROKEN, subject, "What readers see is not what was signed.")
    same = SignOff.objects.filter(kind=SignOff.Kind.SIGNED, subject_uuid=row.subject_uuid, digest=row.digest)
    if line is not None and not same.filter(sequence=sequence).exists():
        yield SealProblem(BROKEN, subject, f"It points to line {sequence}, which signs something else.")


def _check_texts() -> Iterator[SealProblem]:
    for row in PublishedText.objects.iterator(chunk_size=WORDS_AT_ONCE):
        subject = f"text {row.subject_uuid} ({row})"
        yield from _check_words(row, subject, row.sign_off_sequence)
        line = SignOff.objects.filter(pk=row.sign_off_sequence).first()
        if line and (line.signed_at, line.subject_type) != (row.signed_at, row.subject_type):
            yield SealProblem(BROKEN, subject, "When it was signed, or what it is, is not what its line says.")


def _check_receipt(row: PublishedArticle, subject: str) -> Iterator[SealProblem]:
    receipt = receipts.latest_for(row)
    if receipt is None:
        yield SealProblem(BROKEN, subject, "It has no receipt: the newsroom never released it.")
        return
    changed = receipts.changed_fields(row, receipt)
    if changed:
        names = ", ".join(changed)
        yield SealProblem(BROKEN, subject, f"Changed since it was released, and not by the newsroom: {names}.")


def _check_versions(row: PublishedArticle, subject: str) -> Iterator[SealProblem]:
    """Hold the versions that readers may look up against what the receipts say was public."""
    given = Receipt.objects.filter(article_id=row.page_id, event=Receipt.Event.PUBLIC)
    released = set(given.values_list("digest", flat=True))
    kept = list(row.versions.select_related("sign_off"))
    for version in kept:
        line = version.sign_off
        signs = (line.kind, line.subject_uuid, line.digest) == (SignOff.Kind.SIGNED, row.subject_uuid, version.digest)
        if version.digest not in released:
            yield SealProblem(BROKEN, subject, f"The newsroom never released version {version.number}.")
        if not signs:
            yield SealProblem(BROKEN, subject, f"Version {version.number} is none that its signature covers.")
    if released - {version.digest for version in kept}:
        yield SealProblem(BROKEN, subject, "Words that were public are no version of it.")
    if kept and (kept[-1].number, kept[-1].digest) != (row.version, row.digest):
        yield SealProblem(BROKEN, subject, "Its last version is not what it says.")


def _watched() -> dict[tuple[str, str], tuple[set[str], set[str]]]:
    """Return, by a study's UUID and the kind of number, what its record has, and what it had."""
    found: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for study in Study.objects.values("subject_uuid", *Study.IDENTIFIERS):
        for kind in Study.IDENTIFIERS:
            found[str(study["subject_uuid"]), kind] = ({study[kind] or ""}, set())
    for uuid, kind, value in FormerIdentifier.objects.values_list("study__subject_uuid", "kind", "value"):
        found[str(uuid), kind][1].add(value)
    for joined, uuid in StudyMerge.objects.values_list("merged_uuid", "survivor__subject_uuid"):
        found |= {(str(joined), kind): found[str(uuid), kind] for kind in Study.IDENTIFIERS}
    return found


def _check_identifiers(
    row: PublishedArticle, subject: str, watched: Mapping[tuple[str, str], tuple[set[str], set[str]]]
) -> Iterator[SealProblem]:
    """Hold the numbers that readers see of studies against those that the sources are asked about."""
    try:
        content = read_canonical(row.content)
    except ValueError:  # told of with the words
        return
    for cited in (cited for cited in (content.study, *content.also_cited) if cited):
        for kind in Study.IDENTIFIERS:
            printed = getattr(cited, kind)
            has, had = watched.get((cited.study, kind), (set(), set()))
            if printed and printed not in has | had:
                words = f"Nobody watches the {kind.upper()} {printed} that readers see: its study's record has another."
                yield SealProblem(DRIFTED, subject, words)
            elif printed and printed not in has:
                words = f"Readers see the {kind.upper()} {printed}; its study's record has another. Both are watched."
                yield SealProblem(DRIFTED, subject, words)


def _check_pictures(row: PublishedArticle, subject: str) -> Iterator[SealProblem]:
    listed = receipts.hashes_of_pictures(row)
    for name, signed in _picture_files(row.pictures):
        if signed not in listed:
            yield SealProblem(BROKEN, subject, f"The picture file {name} is none that its signature lists.")
        try:
            with default_storage.open(name) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            yield SealProblem(BROKEN, subject, f"The picture file {name} is missing.")
            continue
        if found != signed:
            yield SealProblem(BROKEN, subject, f"The picture file {name} is not the one that was released.")


def _picture_files(pictures: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield each file's name with the hash that was noted when it was made; "" where none was."""
    for stored in pictures.values():
        hashes = stored.get("sha256", {})
        names = [stored["src"], *(name for source in stored["sources"] for name, _ in source["files"])]
        yield from ((name, hashes.get(name, "")) for name in names)


def _cards_as_signed(row: PublishedArticle) -> bool:
    try:
        content = read_canonical(row.content)
    except ValueError:  # also what is no JSON
        return False
    signed = card_fields(content) | {
        "title": content.title,
        "summary": content.summary,
        "search_text": content.plain_text,
    }
    return all(getattr(row, name) == value for name, value in signed.items())


def _check_live_rows() -> Iterator[SealProblem]:
    rows = PublishedArticle.objects.not_withdrawn().only(*COMPARED)
    public = {row.page_id: row for row in rows.prefetch_related("topics")}
    sections = {section.path: section for section in TopicIndexPage.objects.all()}
    closed = tuple(PageViewRestriction.objects.values_list("page__path", flat=True))
    for page in ArticlePage.objects.filter(live=True).iterator(chunk_size=WORDS_AT_ONCE):
        subject = f"page {page.pk} ({page.title})"
        if page.pk not in public:
            yield SealProblem(DRIFTED, subject, "The row says live; readers see nothing of it.")
            continue
        if content_of(page).digest != public[page.pk].digest:
            yield SealProblem(DRIFTED, subject, "The row's words are not the public ones; readers see the signed ones.")
        if bylines.names_of(page) != {name: getattr(public[page.pk], name) for name in ("authors", "author_ids")}:
            yield SealProblem(DRIFTED, subject, "Readers see another byline than the article has.")
        section = sections.get(page.path[: -page.steplen])
        place = (section.pk, f"/{section.slug}/{page.slug}/") if section else None
        if (public[page.pk].section_id, public[page.pk].address) != place:
            yield SealProblem(DRIFTED, subject, "Readers find it in another place than the article stands.")
        if public[page.pk].restricted != page.path.startswith(closed):
            yield SealProblem(DRIFTED, subject, "Others may read it than may read the article.")
        if {topic.pk for topic in page.topics.all()} != {topic.pk for topic in public[page.pk].topics.all()}:
            yield SealProblem(DRIFTED, subject, "Readers find it under other topics than the article has.")
    for pk in public.keys() - ArticlePage.objects.filter(live=True).values_list("pk", flat=True):
        yield SealProblem(DRIFTED, f"page {pk}", "Public, although its row says it is not live.")
