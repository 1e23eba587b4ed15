"""The handbooks of the roles: short pages in ``docs/handbooks``, shown inside the admin."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import User
from research.admin.frame import crumbs
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS, WRITERS, has_role

FOLDER = Path(settings.BASE_DIR) / "docs" / "handbooks"
# Address, title, and the role whose members are offered it first; none for administrators.
HANDBOOKS = {
    "writer": (_("For writers"), WRITERS),
    "reviewer": (_("For medical reviewers"), MEDICAL_REVIEWERS),
    "editor": (_("For editors"), EDITORS),
    "administrator": (_("For administrators"), ""),
}
HEADING = re.compile(r"(#{1,3}) (.+)")
ITEM = re.compile(r"(?:-|\d+\.) (.+)", re.DOTALL)
STARTS_ANEW = re.compile(r"\n(?=(?:-|\d+\.) )")


def is_for(user: User | AnonymousUser, name: str) -> bool:
    """Return whether a handbook is about what a user does; administrators are offered all of them."""
    if user.is_superuser:
        return True
    role = HANDBOOKS[name][1]
    return bool(role) and has_role(user, role)


def handbook(request: HttpRequest, name: str) -> HttpResponse:
    """Show a handbook, with the others a click away; everyone in the admin may read all of them."""
    if name not in HANDBOOKS:
        raise Http404
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    others = [(reverse("research_handbook", args=[key]), title) for key, (title, _) in HANDBOOKS.items() if key != name]
    title = HANDBOOKS[name][0]
    return render(
        request,
        "research/admin/handbook.html",
        {
            "text": as_html(text),
            "others": others,
            "header_title": f"Handbook: {title.removeprefix('For ')}",
            "header_icon": "help",
            "breadcrumbs_items": crumbs(("", gettext("Handbook"))),
        },
    )


def as_html(text: str) -> SafeString:
    """Return a page written in headings, paragraphs, lists, bold words and code as HTML; its title is the screen's."""
    blocks = re.split(r"\n\s*\n", re.sub(r"^(#+ .+)\n", r"\1\n\n", text, flags=re.MULTILINE))
    return mark_safe("\n".join(part for block in blocks if block.strip() for part in _block(block.strip())))


def _block(block: str) -> Iterator[str]:
    if heading := HEADING.fullmatch(block):
        if len(heading[1]) > 1:
            yield f"<h{len(heading[1])}>{_words(heading[2])}</h{len(heading[1])}>"
        return
    items = [ITEM.fullmatch(item) for item in STARTS_ANEW.split(block)]
    if all(items):
        tag = "ul" if block.startswith("-") else "ol"
        yield f"<{tag}>{''.join(f'<li>{_words(item[1])}</li>' for item in items if item)}</{tag}>"
        return
    yield f"<p>{_words(block)}</p>"


def _words(text: str) -> str:
    words = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(" ".join(text.split())))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", words)
