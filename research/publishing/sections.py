"""What becomes of a section's articles when it changes: they follow it, however many there are.

Their addresses follow at once, by whoever changed it; until then they stand where they stood. The lists follow by the
runner: lists judge what they show, so none shows an article of a section that is not public.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from wagtail.models import Page

from common import clock
from common.models import OutboxMessage
from common.outbox import register, tell, tell_soon
from research.models.published import PublishedArticle
from research.publishing import receipts
from research.publishing.ledger import wait_for_releases
from research.publishing.lists import keeping

A_BATCH = 200
#: How the address of an article begins that stands below its section.
BELOW_SECTION = Concat(Value("/"), F("section__slug"), Value("/"))


def follow_soon(section: Page) -> None:
    """Let the public articles of a section follow it, by messages that are stored with its change."""
    tell_soon("section-addresses", {"section": section.pk})
    tell("section-lists", {"section": section.pk})


@register("section-addresses")
def follow_address(message: OutboxMessage) -> None:
    """Bring the addresses of articles in line with that of their section as it is now."""
    _move_all(message.payload["section"])


@register("section-lists")
def follow_lists(message: OutboxMessage) -> None:
    """Bring the lists in line with a section as it is now."""
    with transaction.atomic():
        wait_for_releases()  # what was being released when the section changed is judged, too
    keeping.put_right(clock.now(), section_id=message.payload["section"])


def put_right() -> int:
    """Bring in line the addresses of all articles that do not stand below their section's.

    Returns:
        Of how many sections.
    """
    wrong = PublishedArticle.objects.exclude(address__startswith=BELOW_SECTION).order_by()
    sections = list(wrong.values_list("section", flat=True).distinct())
    for section in sections:
        _move_all(section)
    return len(sections)


def _move_all(section_id: int) -> None:
    while _move_some(section_id):
        pass


@transaction.atomic
def _move_some(section_id: int) -> Sequence[PublishedArticle]:
    """Give articles that stand below another address one below their section's; return them, none once all do.

    Sections may have changed places: what stands where an article belongs is moved with it, by way of an address that
    nobody has.
    """
    # What was being released when the section changed stands where it stood before.
    wait_for_releases()
    rows = PublishedArticle.objects.select_related("section")
    found = own = list(
        rows.filter(section=section_id).exclude(address__startswith=BELOW_SECTION).order_by("pk")[:A_BATCH]
    )
    moved = {row.pk: row for row in own}
    while found:
        wanted = [_address_of(row) for row in found]
        found = list(rows.filter(address__in=wanted).exclude(pk__in=moved))
        moved |= {row.pk: row for row in found}
    some = list(moved.values())
    at_last = [_address_of(row) for row in some]
    if len(some) > len(own):
        _write_addresses(some, [f"/{row.subject_uuid}/" for row in some])
    _write_addresses(some, at_last)
    receipts.note_all(some)
    return some


def _write_addresses(rows: Sequence[PublishedArticle], addresses: Sequence[str]) -> None:
    for row, address in zip(rows, addresses, strict=True):
        row.address = address
    PublishedArticle.objects.bulk_update(rows, ["address"])


def _address_of(row: PublishedArticle) -> str:
    return f"/{row.section.slug}/{row.address.strip('/').rpartition('/')[2]}/"
