"""Several articles that go live together: what keeps a bundle back, and keeping its releases in step."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from research.alerts import refusal_words
from research.ledger import change, locked, name_of, note
from research.models.pages import ArticlePage
from research.models.releases import Release, ReleaseBundle


def bundle_blockers(bundle: ReleaseBundle) -> list[tuple[ArticlePage, str]]:
    """Return what keeps a bundle from going out: each article with the reason."""
    releases = {release.article_id: release for release in bundle.releases.open().select_related("revision")}
    blockers = []
    for entry in bundle.entries.select_related("article"):
        release = releases.get(entry.article_id)
        if release is None:
            blockers.append((entry.article, "Not countersigned yet."))
        elif release.state == Release.State.HELD:
            blockers.append((entry.article, release.reason))
        elif words := refusal_words(release):
            blockers.append((entry.article, words))
    return blockers


@transaction.atomic
def follow_bundle(bundle: ReleaseBundle, *, user: Any = None) -> None:
    """Bring the open releases in step with a bundle's articles and time. Safe to call again.

    What was taken out of it is held: a person decides when it goes out alone.
    """
    articles = [entry.article_id for entry in bundle.entries.all()]
    waiting = Release.objects.open().filter(kind=Release.Kind.PUBLISH).exclude(state=Release.State.CLAIMED)
    due_at = max(bundle.due_at, timezone.now())
    for release in locked(waiting.filter(article_id__in=articles).select_related("revision")):
        if release.bundle_id != bundle.pk or release.due_at != due_at:
            release.bundle, release.due_at, release.next_attempt_at = bundle, due_at, None
            release.save(update_fields=["bundle", "due_at", "next_attempt_at"])
            note(release, name_of(user), f"Goes out with “{bundle}”.")
            _follow_in_wagtail(release)
    for release in locked(waiting.filter(bundle=bundle).exclude(article_id__in=articles)):
        release.bundle = None
        change(release, Release.State.HELD, actor=name_of(user), reason=f"It was taken out of the bundle “{bundle}”.")


def _follow_in_wagtail(release: Release) -> None:
    if release.revision is not None:
        release.article.revisions.filter(pk=release.revision_id).update(approved_go_live_at=release.due_at)
