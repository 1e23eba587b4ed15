"""The handbooks of the roles, inside the admin."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from research.admin.desk.handbooks import FOLDER, HANDBOOKS, as_html

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", HANDBOOKS)
def test_every_handbook_is_a_page_with_headings_and_lists(client, writer, name):
    client.force_login(writer)

    page = BeautifulSoup(client.get(reverse("research_handbook", args=[name])).content, "html.parser")

    text = page.select_one(".cs-handbook")
    assert len(text.select("h2")) >= 2
    assert len(text.select("li")) >= 4
    assert "**" not in text.text
    assert "`" not in text.text
    assert len(text.select(".cs-handbook__others a")) == len(HANDBOOKS) - 1


def test_every_file_is_offered():
    assert {path.stem for path in FOLDER.glob("*.md")} == set(HANDBOOKS)


@pytest.mark.parametrize("name", ["nobody", "..", "writer.md"])
def test_another_file_is_no_handbook(client, writer, name):
    client.force_login(writer)

    assert client.get(f"/admin/handbooks/{name}/").status_code == 404


def test_strangers_read_none(client):
    assert client.get(reverse("research_handbook", args=["writer"])).status_code == 302


def test_help_offers_what_one_does_first(client, writer, reviewer, admin):
    offered = {}
    for user in (writer, reviewer, admin):
        client.force_login(user)
        page = client.get(reverse("wagtailadmin_home")).content.decode()
        offered[user] = [name for name in HANDBOOKS if reverse("research_handbook", args=[name]) in page]

    assert offered == {writer: ["writer"], reviewer: ["reviewer"], admin: list(HANDBOOKS)}


def test_what_is_written_is_escaped_and_an_item_may_have_two_lines():
    assert as_html("# Title\n\n## One\n- **a** <b>\n  and b\n- c\n\nWords.") == (
        "<h2>One</h2>\n<ul><li><strong>a</strong> &lt;b&gt; and b</li><li>c</li></ul>\n<p>Words.</p>"
    )
