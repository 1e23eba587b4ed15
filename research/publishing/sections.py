"""What becomes of a section's articles when it changes: they follow it soon, however many there are.

Until then they stand at the addresses that they had, and lists show none of a section that is not public.
"""

from collections.abc import Sequence

from django.db import transaction
from wagtail.models import Page

from common import clock
from common.models import OutboxMessage
from common.outbox import register, tell
from research.models.published import PublishedArticle
from research.publishing import receipts
from research.publishing.ledger import wait_for_releases
from research.publishing.lists import keeping

A_BATCH = 200


def follow_soon(section: Page) -> None:
    """Let the public articles of a section follow it, by a message that is stored with its change."""
    tell("section", {"section": section.pk})


@register("section")
def follow(message: OutboxMessage) -> None:
    """Bring addresses and lists in line with a section as it is now."""
    section = Page.objects.filter(pk=message.payload["section"]).first()
    if section is None:
        return
    while _move_some(section):
        pass
    keeping.put_right(clock.now(), section_id=section.pk)


@transaction.atomic
def _move_some(section: Page) -> Sequence[PublishedArticle]:
    """Give articles that stand below another address one below the section's; return them, none once all do."""
    # What was being released when the section changed stands where it stood before.
    wait_for_releases()
    rows = PublishedArticle.objects.filter(section_id=section.pk).exclude(address__startswith=f"/{section.slug}/")
    some = list(rows.order_by("pk")[:A_BATCH])
    for row in some:
        row.address = f"/{section.slug}/{row.address.strip('/').rpartition('/')[2]}/"
    PublishedArticle.objects.bulk_update(some, ["address"])
    receipts.note_all(some)
    return some
