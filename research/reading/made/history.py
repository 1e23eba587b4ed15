"""Every version of an article that was public: when, what changed, why, and which of them readers may look up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from research.models.published import PublishedArticle, PublishedVersion

Withheld = PublishedVersion.Withheld
# What readers are told in the place of words that they do not get any more.
WITHHELD_WORDS: Mapping[str, str] = {
    Withheld.WITHDRAWN: _("It was taken down while it was public, so its words are not shown any more."),
    Withheld.SAFETY: _("It was replaced for safety: its words could have led to harm, so they are not shown any more."),
    Withheld.REVOKED: _("The signature of its words was revoked, so they are not shown any more."),
    Withheld.REMOVED: _("Its words were removed from our record."),
}
# Parts that readers do not see as words: told by name where they changed, in these words.
ONLY_NAMED: Mapping[str, str] = {
    "Picture": _("the picture"),
    "Search title and description": _("what search engines show"),
    "What sentences rest on": _("which passages the sentences rest on"),
    "Order of the sections": _("the order of the sections"),
    "Language and section": _("language or section"),
}


@dataclass(frozen=True)
class VersionView:
    """One version: ``url`` is where its words stand, or what became of them; ``withheld`` is "" where they stand."""

    number: int
    url: str
    published_at: datetime
    replaced_at: datetime | None
    reviewer: str
    signed_at: datetime
    digest: str
    changed: tuple[str, ...] = ()
    reason: str = ""
    withheld: str = ""
    changes_url: str = ""

    @property
    def changed_words(self) -> list[str]:
        """The parts that changed, as readers are told."""
        return [gettext(part) for part in self.changed]

    @property
    def is_current(self) -> bool:
        """True for the words that are public now."""
        return self.replaced_at is None


def version_url(address: str, number: int) -> str:
    """Return the address of a version of the article at an address."""
    return f"{address}versions/{number}/"


def versions_of(row: PublishedArticle) -> tuple[VersionView, ...]:
    """Return the versions of a public article, newest first. One statement, however many there are."""
    found = list(row.versions.select_related("sign_off__personal").newest_first())
    before = [*found[1:], None]
    return tuple(_view(row, version, older) for version, older in zip(found, before, strict=True))


def is_open(version: PublishedVersion) -> bool:
    """True where readers may have the words: they are public now, or nothing keeps them from being looked up."""
    return version.replaced_at is None or not version.withheld


def public_since(row: PublishedArticle, version: PublishedVersion) -> datetime:
    """Return when a version went public; the first one with its article."""
    return row.published_at if version.number == 1 else version.published_at


def _view(row: PublishedArticle, version: PublishedVersion, older: PublishedVersion | None) -> VersionView:
    is_current = version.replaced_at is None
    compared = older is not None and is_open(older) and is_open(version)
    return VersionView(
        number=version.number,
        url=row.address if is_current else version_url(row.address, version.number),
        published_at=public_since(row, version),
        replaced_at=version.replaced_at,
        reviewer=version.sign_off.reviewer_name,
        signed_at=version.sign_off.signed_at,
        digest=version.digest,
        changed=tuple(ONLY_NAMED.get(part, part) for part in version.changed),
        reason=str(PublishedVersion.Reason(version.reason).label) if version.reason else "",
        withheld="" if is_current else WITHHELD_WORDS.get(version.withheld, ""),
        changes_url=f"{version_url(row.address, older.number)}#changes" if older is not None and compared else "",
    )
