"""What is drawn once of the editor's form is what Wagtail draws each time."""

import re

import pytest
from django.forms import Select
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation
from wagtail.admin.panels import InlinePanel, TabbedInterface
from wagtail.admin.telepath import JSContext
from wagtail.admin.widgets.chooser import BaseChooser
from wagtail.blocks.base import BlockWidget

from common.drawn_rows import DrawnRowsPanel
from common.frames import DrawnSelect
from research.models import AlsoCited, ArticlePage
from tests.factories import AppraisalFactory, ArticlePageFactory, StudyFactory, writer_user
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db

ODD = 'One <b>&amp; "two"</b> __prefix__ \ue000name\ue001'
ROWS = ("also_cited", "appraisals", "authors", "related_picks")
BOUND_BY = ("panel", "instance", "request", "form", "prefix")
LANGUAGES = ("en", "de", "fr")


@pytest.fixture
def writer(db):
    return writer_user()


@pytest.fixture
def draft(section, writer):
    answers = AppraisalFactory.build(reason_design=ODD, people=3849, design="case_series")
    page = ArticlePageFactory(parent=section, by=writer, title=ODD, appraisals=[answers])
    page.also_cited = [AlsoCited(study=StudyFactory(title=f"{ODD} {number}")) for number in range(11)]
    page.save()
    return ArticlePage.objects.get(pk=page.pk)


def form_of(page, user):
    made = page.get_edit_handler().get_form_class()
    return made(instance=page, for_user=user, parent_page=page.get_parent())


def tabs(page, user):
    """Return the panels of an editor as its screen binds them."""
    request = RequestFactory().get("/")
    request.user = user
    return page.get_edit_handler().get_bound_panel(instance=page, request=request, form=form_of(page, user))


def bound(page, user):
    """Return the panels of rows of an editor by their relation."""
    found, left = {}, [tabs(page, user)]
    while left:
        panel = left.pop()
        left += getattr(panel, "children", [])
        if isinstance(panel.panel, DrawnRowsPanel):
            found[panel.panel.relation_name] = panel
    return found


def by_wagtail(panel):
    return InlinePanel.BoundPanel(**{name: getattr(panel, name) for name in BOUND_BY})


def told(panel):
    context = JSContext()
    sent = context.pack(panel)
    return sent, str(context.media)


def squeezed(html):
    """Return HTML without the space between tags, and without what is never twice the same: names by chance, a time."""
    html = re.sub(r'(key\\?(?:"|&quot;): \\?(?:"|&quot;))\w{5}|("planned_for-loaded" value=")[^"]+', r"\1\2", html)
    return re.sub(r"\s+", " ", html).replace("> <", "><")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("relation", ROWS)
def test_rows_are_drawn_as_wagtail_draws_them(draft, writer, monkeypatch, relation, language):
    with translation.override(language):
        ours = bound(draft, writer)[relation]
        first, again = ours.render_html(), ours.render_html()
        monkeypatch.setattr("research.editor.choosers.ChooserOfKnown.render_html", BaseChooser.render_html)
        stock = by_wagtail(bound(draft, writer)[relation])

        assert squeezed(again) == squeezed(first) == squeezed(stock.render_html())
        assert ours.js_opts() == stock.js_opts()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_form_is_drawn_and_told_as_wagtail_does(draft, writer, language):
    with translation.override(language):
        ours = [(told(one), squeezed(one.render_html())) for one in (tabs(draft, writer), tabs(draft, writer))]
        one = tabs(draft, writer)
        stock = TabbedInterface.BoundPanel(**{name: getattr(one, name) for name in BOUND_BY})

        assert ours[0] == ours[1]
        assert ours[0][0] == told(stock)
        assert ours[0][1] == squeezed(stock.render_html())


def test_a_panel_that_one_may_not_see_is_drawn_and_told_to_nobody_else(draft, writer):
    closed, shown = tabs(draft, writer), tabs(draft, writer)
    closed.children[0].visible_children = closed.children[0].visible_children[:-1]
    closed.children[0].visible_children_with_identifiers = closed.children[0].visible_children_with_identifiers[:-1]
    in_both = [squeezed(one.render_html()).count("lead_image-wrapper") for one in (shown, closed, tabs(draft, writer))]
    told_both = ["lead_image" in str(told(one)) for one in (shown, closed, tabs(draft, writer))]

    assert in_both == [1, 0, 1]
    assert told_both == [True, False, True]


def test_a_row_with_a_fault_says_so(client, draft, writer):
    client.force_login(writer)
    draft.save_revision(user=writer)
    data = editor_post(ArticlePage.objects.get(pk=draft.pk).get_latest_revision_as_object())

    answer = client.post(
        reverse("wagtailadmin_pages:edit", args=[draft.pk]), data | {"appraisals-0-people": "many", "summary": ODD}
    )

    assert answer.status_code == 200
    told = re.search(r'id="[^"]*people-errors">(.*?)</div>', answer.content.decode(), re.DOTALL)
    assert told is not None
    assert "error-message" in told[1]


def test_each_row_keeps_what_it_is_filled_with(draft, writer):
    html = bound(draft, writer)["also_cited"].render_html()

    assert html.count("One &lt;b&gt;&amp;amp; &quot;two&quot;&lt;/b&gt; __prefix__ \ue000name\ue001") == 11
    assert [f'id="inline_child_also_cited-{number}"' in html for number in range(12)] == [True] * 11 + [False]


@pytest.mark.parametrize("chosen", [None, "", "b", 3, "gone", '"<'])
def test_a_select_is_drawn_as_django_draws_it(chosen):
    choices = [(None, "---------"), ("b", "B & <b>"), (3, "Three"), ('"<', "Odd")]
    attrs = {"id": "id_one", "required": True, "disabled": False, "data-odd": '"<'}

    ours, stock = (kind({"class": "wide"}, choices).render("one", chosen, attrs) for kind in (DrawnSelect, Select))

    assert ours.split() == stock.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_blocks_of_a_body_are_told_as_wagtail_tells_them(draft, writer, language):
    with translation.override(language):
        first, again = (form_of(draft, writer).fields["body"].widget for _ in range(2))

        stock = BlockWidget(first.block_def)
        assert again.block_json == first.block_json
        assert squeezed(first.block_json) == squeezed(stock.block_json)
        assert str(again.media) == str(stock.media)


def test_a_form_is_in_the_language_that_is_asked_for(draft, writer):
    def labels(language):
        with translation.override(language):
            form = form_of(draft, writer)
            return [str(field.label) for field in form.fields.values()]

    assert labels("de") == labels("de") != labels("en") == labels("en")


def test_forms_know_nothing_of_each_other(draft, section, writer):
    other = ArticlePageFactory(parent=section, by=writer, title="Another")
    first = form_of(draft, writer)
    first.defer_required_fields()
    first.fields["summary"].widget.attrs["rows"] = 99

    second = form_of(other, writer)

    assert second["title"].value() == "Another"
    assert second.fields["title"].required
    assert second.fields["summary"].widget.attrs.get("rows") != 99
