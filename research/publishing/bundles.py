"""What keeps a release back, alone or with its bundle, and keeping a bundle's releases in step."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from common.models import User
from common.words import in_the_code_s_words
from research.models.releases import Release, ReleaseBundle
from research.publishing.ledger import hold, locked, name_of, note
from research.review.guard import NotPermitted, Reason, Refusal, embargo_of, refusals_for

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def refusal_words(release: Release) -> str:
    """Return why a release would be refused at its time, as things stand; "" when it would not."""
    if release.revision is None:
        return "The version that was to be published no longer exists."
    page = release.revision.as_object()
    refusals = refusals_for(page, now=release.due_at)
    if release.bundle is not None:
        refusals += reasons_against(page, release.bundle)
    return " ".join(dict.fromkeys(refusal.words for refusal in refusals))


@in_the_code_s_words
def reasons_against(page: "ArticlePage", bundle: ReleaseBundle, *, now: datetime | None = None) -> list[Refusal]:
    """Return why one version of an article cannot go out at a bundle's time, whoever signed it.

    An embargo that ends later, or a later go-live time of its own. A bundle whose time has passed would
    go out now.
    """
    due_at = max(bundle.due_at, now or timezone.now())
    embargo = embargo_of(page)
    reasons = []
    if embargo and embargo > due_at:
        until = date_format(timezone.localtime(embargo), "j F Y, H:i e")
        reasons.append(Refusal(Reason.EMBARGO, f"Under embargo until {until}."))
    if page.go_live_at and page.go_live_at > due_at:
        words = f"Its own go-live time is later than that of the bundle “{bundle}”. Take it off, or move the bundle."
        reasons.append(Refusal(Reason.BUNDLE, words))
    return reasons


def refuse_against(page: "ArticlePage", bundle: ReleaseBundle, *, now: datetime | None = None) -> None:
    """Refuse to let one version of an article go out at a bundle's time.

    Raises:
        NotPermitted: with every reason against it.
    """
    reasons = reasons_against(page, bundle, now=now)
    if reasons:
        raise NotPermitted(reasons)


@in_the_code_s_words
def words_against(article: "ArticlePage", bundle: ReleaseBundle) -> list[str]:
    """Return why an article cannot go out at a bundle's time; empty when it can.

    Asked of what is planned, and of the newest draft: that is planned in its place once it is signed.
    """
    planned = Release.objects.open().filter(article_id=article.pk, kind=Release.Kind.PUBLISH).select_related("revision")
    versions = [release.revision.as_object() for release in planned if release.revision is not None]
    versions.append(article.get_latest_revision_as_object())
    return list(dict.fromkeys(reason.words for page in versions for reason in reasons_against(page, bundle)))


def bundle_blockers(bundle: ReleaseBundle) -> list[tuple["ArticlePage", str]]:
    """Return what keeps a bundle from going out: each article with the reasons."""
    releases = {release.article_id: release for release in bundle.releases.open().select_related("revision")}
    blockers = []
    for entry in bundle.entries.select_related("article__latest_revision"):
        words = _state_words(releases.get(entry.article_id))
        against = [reason for reason in words_against(entry.article, bundle) if reason not in words]
        if words or against:
            blockers.append((entry.article, " ".join([words, *against]).strip()))
    return blockers


def _state_words(release: Release | None) -> str:
    if release is None:
        return "Not countersigned yet."
    return release.reason if release.state == Release.State.HELD else refusal_words(release)


def missing_words(bundle: ReleaseBundle) -> str:
    """Return which articles of a bundle are not ready, and so keep back the others; "" when all are."""
    ready = set(bundle.releases.open().exclude(state=Release.State.HELD).values_list("article_id", flat=True))
    missing = [entry.article for entry in bundle.entries.select_related("article") if entry.article_id not in ready]
    return not_ready_words(bundle, missing)


def not_ready_words(bundle: ReleaseBundle, missing: Iterable["ArticlePage"]) -> str:
    """Return that a bundle waits for these articles; "" for none.

    The words are kept beside the other articles, whose writers may not know a title under embargo.
    """
    titles = ", ".join(_discreet_title(article) for article in missing)
    return f"The bundle “{bundle}” goes out together, and these are not ready: {titles}." if titles else ""


def _discreet_title(article: "ArticlePage") -> str:
    embargo = embargo_of(article)
    if embargo and embargo > timezone.now() and not article.live:
        return "an article under embargo"
    return f"“{article.draft_title or article.title}”"


@transaction.atomic
def follow_bundle(bundle: ReleaseBundle, *, user: User | None = None) -> None:
    """Bring the open releases in step with a bundle's articles and time. Safe to call again.

    What was taken out of it is held: a person decides when it goes out alone. One that went out is over:
    what is planned for its articles later has nothing to do with it.

    Raises:
        NotPermitted: a release cannot go out at the bundle's time; nothing was moved.
    """
    if bundle.is_done():
        return
    articles = [entry.article_id for entry in bundle.entries.all()]
    waiting = Release.objects.open().filter(kind=Release.Kind.PUBLISH).exclude(state=Release.State.CLAIMED)
    due_at = max(bundle.due_at, timezone.now())
    for release in locked(waiting.filter(article_id__in=articles).select_related("revision")):
        if release.bundle_id != bundle.pk or release.due_at != due_at:
            if release.revision is not None:
                refuse_against(release.revision.as_object(), bundle)
            release.bundle, release.due_at, release.next_attempt_at = bundle, due_at, None
            release.save(update_fields=["bundle", "due_at", "next_attempt_at"])
            note(release, name_of(user), f"Goes out with “{bundle}”.")
            _follow_in_wagtail(release)
    for release in locked(waiting.filter(bundle=bundle).exclude(article_id__in=articles)):
        release.bundle = None
        reason = f"It was taken out of the bundle “{bundle}”."
        hold(release, actor=name_of(user), reason=reason)


def _follow_in_wagtail(release: Release) -> None:
    if release.revision is not None:
        release.article.revisions.filter(pk=release.revision_id).update(approved_go_live_at=release.due_at)
