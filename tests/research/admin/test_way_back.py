"""A screen leads back to the address that its link named, where that is ours; else to where it belongs."""

import pytest
from django.urls import reverse

from research.models import StudyProposal
from tests.factories import StudyFactory

pytestmark = pytest.mark.django_db

OURS = "/admin/reports/studies/?status=open"
ELSEWHERE = ["https://example.org/", "//example.org", "javascript:alert(1)", "http://testserver/admin/", ""]


@pytest.fixture
def screens(article):
    """What each screen is sent, with where it leads by itself."""
    proposal = StudyProposal.objects.create(study=StudyFactory(), field="volume", theirs="7", source="pubmed")
    board = reverse("research_board")
    edit = reverse("wagtailadmin_pages:edit", args=[article.pk])
    return {
        "move": (reverse("research_board_move", args=[article.pk]), {"date": ""}, board),
        "plan": (reverse("research_plan", args=[article.pk]), {"seen": "- -"}, board),
        "finding": (reverse("research_dismiss_finding", args=[article.pk, "hype:0000"]), {}, edit),
        "proposal": (
            reverse("research_decide_proposal", args=[proposal.pk]),
            {"decision": "decline"},
            reverse("research_proposals"),
        ),
    }


def led_to(client, address, form):
    return client.post(address, form, secure=True).url.partition("#")[0]


@pytest.mark.parametrize("screen", ["move", "plan", "finding", "proposal"])
@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_it_leads_to_nobody_else_and_from_no_encrypted_page_to_another(client, editor, screens, screen, elsewhere):
    client.force_login(editor)
    address, form, default = screens[screen]

    assert led_to(client, address, form | {"next": elsewhere}) == default


@pytest.mark.parametrize("screen", ["move", "plan", "finding", "proposal"])
def test_it_leads_where_its_link_was(client, editor, screens, screen):
    client.force_login(editor)
    address, form, _ = screens[screen]

    assert led_to(client, address, form | {"next": OURS}) == OURS
