"""Who could not save sees what they wrote as they know it: by the editor's labels, in plain lines, in its order."""

import json

import pytest
from bs4 import BeautifulSoup
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from common import saving
from research.models import ArticlePage, GlossaryTerm, Person
from tests.factories import ArticlePageFactory, GlossaryTermFactory, TopicIndexPageFactory, admin_user, writer_user
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(db):
    return writer_user()


@pytest.fixture
def article(writer):
    return ArticlePageFactory(parent=TopicIndexPageFactory(), by=writer, title="First")


@pytest.fixture
def is_busy(monkeypatch):
    """Let no page, term or person be saved."""

    def refuse(self, *args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(saving, "PATIENCE_SECONDS", 0)
    for model in (ArticlePage, GlossaryTerm, Person):
        monkeypatch.setattr(model, "save", refuse)


def form_of(article, **values):
    return {**editor_post(ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()), **values}


def sent(user, address, form):
    browser = Client()
    browser.force_login(user)
    return browser.post(address, form)


def edited(article, writer, form):
    return sent(writer, reverse("wagtailadmin_pages:edit", args=[article.pk]), form)


def shown(answer):
    """Return the lines below each heading."""
    page = BeautifulSoup(answer.content, "html.parser")
    return {
        heading.get_text(): [line.get_text() for line in heading.find_next_sibling("div").select("p")]
        for heading in page.select(".not-saved h2")
    }


def body(*blocks):
    return nested_form_data({"body": streamfield([("what_they_found", streamfield(list(blocks)))])})


def text(*paragraphs):
    return "text", {"html": rich_text("".join(f"<p>{words}</p>" for words in paragraphs))}


def without_body(form):
    return {name: value for name, value in form.items() if not name.startswith("body-")}


def test_fields_are_named_as_in_the_editor_and_told_in_its_order(article, writer, is_busy):
    form = form_of(article, summary="One study.", key_takeaway=rich_text("<p>It <b>helps</b>.</p><p>A little.</p>"))

    answer = edited(article, writer, form)

    told = shown(answer)
    assert answer.status_code == 503
    assert told["Key takeaway"] == ["It helps.", "A little."]
    assert told["What they found"] == ["Fewer people had a relapse in that year."]
    assert [label for label in told if label in ("Title", "Summary", "Key takeaway", "What they found")] == [
        "Title",
        "Summary",
        "Key takeaway",
        "What they found",
    ]


def test_what_was_chosen_is_told_by_its_name(article, writer, is_busy):
    told = shown(edited(article, writer, form_of(article)))

    assert told["Written by"] == [str(article.authors.get().person)]
    assert told["Topics"] == [str(topic) for topic in article.topics.all()]
    assert "4 Registered in advance? Yes" in told["Appraisal"]


def test_nothing_is_told_that_no_person_wrote(article, writer, is_busy):
    answer = edited(article, writer, form_of(article))

    labels = shown(answer)
    words = BeautifulSoup(answer.content, "html.parser").select_one(".not-saved").get_text()
    assert not [label for label in labels if "-" in label or "_" in label]
    assert not [label for label in labels if "version" in label.lower() or "revision" in label.lower()]
    assert "entityMap" not in words
    assert "Comments" not in labels
    assert "Credit" not in words


@pytest.mark.parametrize(
    ("missing", "label"),
    [
        ("key_takeaway", "Key takeaway"),
        ("body-count", "Body"),
        ("authors-TOTAL_FORMS", "Written by"),
        ("also_cited-TOTAL_FORMS", "Also cited"),
        ("form_end", "the end of the form"),
    ],
)
def test_what_did_not_arrive_is_named_as_in_the_editor(article, writer, missing, label):
    form = form_of(article, summary="An hour of work.")
    form.pop(missing)

    answer = edited(article, writer, form)

    assert f"The form arrived here without: {label}." in BeautifulSoup(answer.content, "html.parser").get_text()
    assert shown(answer)["Summary"] == ["An hour of work."]


def test_blocks_are_told_as_they_were_ordered_without_those_taken_out(article, writer, is_busy):
    blocks = body(text("Written first."), text("Moved up."), text("Taken out."), ("fact", {"text": "53 people."}))
    blocks |= {
        "body-0-value-0-order": "1",
        "body-0-value-1-order": "0",
        "body-0-value-2-deleted": "1",
    }

    told = shown(edited(article, writer, without_body(form_of(article)) | blocks))

    assert told["What they found"] == ["Moved up.", "Written first.", "53 people."]


def test_rows_taken_out_are_not_told(article, writer, is_busy):
    told = shown(edited(article, writer, form_of(article) | {"authors-0-DELETE": "1"}))

    assert "Written by" not in told


def test_the_parts_of_a_block_are_named(article, writer, is_busy):
    quote = {"text": "We were surprised.", "speaker": "J. Park", "role": ""}
    table = {"data": [["Group", "Ill"], ["Drug", "4"], [None, ""]], "table_caption": "By group"}
    blocks = body(("quote", quote), ("table", {"table": json.dumps(table)}))

    told = shown(edited(article, writer, without_body(form_of(article)) | blocks))

    assert told["What they found"] == [
        "Quote: We were surprised.",
        "Speaker: J. Park",
        "By group",
        "Group · Ill",
        "Drug · 4",
    ]


def test_signs_that_mean_something_elsewhere_are_told_as_they_were_typed(article, writer, is_busy):
    odd = 'Where a <b and c> d, {"blocks" or not.'

    answer = edited(
        article, writer, form_of(article, summary=odd, key_takeaway=rich_text("<p>p &lt;0.05 &amp; “so”</p>"))
    )

    assert shown(answer)["Summary"] == [odd]
    assert shown(answer)["Key takeaway"] == ["p <0.05 & “so”"]


@pytest.mark.parametrize(
    ("cut", "lines"),
    [
        (rich_text("<p>All of it.</p><p>Half of that.</p>").partition("of that")[0], ["All of it.", "Half"]),
        ('{"blocks":[{"text":"A \\"quote\\" and \\ud83', ['A "quote" and']),
        ('{"blocks":[{"text":"Lone \\ud83d"', ["Lone �"]),
        ('{"blocks":[{"text":"Slash \\', ["Slash"]),
        ('{"blocks":{"text":7}}', []),
        ('{"blocks":', []),
        ("[" * 5000, ["[" * 5000]),
    ],
)
def test_of_a_text_that_was_cut_off_all_is_told_that_came(article, writer, cut, lines):
    form = {name: value for name, value in form_of(article).items() if name in ("title", "summary")}

    answer = edited(article, writer, form | {"key_takeaway": cut})

    assert answer.status_code == 400
    assert shown(answer).get("Key takeaway", []) == lines


def test_of_a_table_that_was_cut_off_all_cells_are_told_that_came(article, writer):
    form = {"title": "First", "handsontable-col-caption": "By group"}
    form |= {"body-0-type": "what_they_found", "body-0-value-0-type": "table"}

    answer = edited(article, writer, form | {"body-0-value-0-value-table": '{"data":[["Group","Ill"],["Dru'})

    assert shown(answer)["What they found"] == ["Group", "Ill", "Dru"]
    assert shown(answer)["Table caption"] == ["By group"]


@pytest.mark.parametrize(
    "odd",
    [
        {"-".join("a" * 300): "Deep down."},
        {"body-0": "Deep down."},
        {"body-0-value-0-value": "Deep down."},
        {"body": "Deep down.", "body-count": "many"},
        {"body-99999999999999999999-value-x": "Deep down.", "body-0-order": "9" * 5000},
        {"authors-0-person": "9" * 40, "authors-0-nothing": "Deep down."},
        {"topics": "no number", "": "Deep down."},
        {"-": "Deep down."},
    ],
)
def test_no_form_is_so_odd_that_what_it_holds_is_not_told(article, writer, odd):
    answer = edited(article, writer, {"title": "First"} | odd)

    assert answer.status_code == 400
    assert any("Deep down." in line for lines in shown(answer).values() for line in lines)


def test_a_very_long_text_is_told_whole(article, writer, is_busy):
    words = "word " * 100_000

    told = shown(edited(article, writer, form_of(article, key_takeaway=rich_text(f"<p>{words}</p>"))))

    assert told["Key takeaway"] == [words.strip()]


def test_the_labels_are_known_where_the_page_is_gone(article, writer):
    form, author = form_of(article), str(article.authors.get().person)
    ArticlePage.objects.get(pk=article.pk).delete()

    answer = edited(article, writer, form)

    assert answer.status_code == 404
    assert shown(answer)["Written by"] == [author]
    assert "4 Registered in advance? Yes" in shown(answer)["Appraisal"]


def test_of_a_page_that_nothing_is_known_of_the_names_are_made_readable(article, writer):
    form = form_of(article, key_takeaway=rich_text("<p>It helps.</p>"))

    answer = sent(writer, reverse("wagtailadmin_pages:edit", args=[Page.objects.last().pk + 1]), form)

    assert answer.status_code == 404
    assert shown(answer)["Key takeaway"] == ["It helps."]
    assert shown(answer)["What they found"] == ["Fewer people had a relapse in that year."]


def test_a_new_page_is_told_like_one_that_is_stored(article, writer, is_busy):
    form = form_of(article, slug="another")
    address = reverse("wagtailadmin_pages:add", args=["research", "articlepage", article.get_parent().pk])

    told = shown(sent(writer, address, form))

    assert told["Written by"] == [str(article.authors.get().person)]


def test_a_record_is_told_by_its_own_labels(is_busy):
    form = nested_form_data({"name": "Grace Writer", "credentials": "MD", "role": "medical_reviewer"})

    answer = sent(admin_user(), reverse("research_person_modeladmin_create"), form)

    assert answer.status_code == 503
    assert shown(answer)["Name"] == ["Grace Writer"]
    assert shown(answer)["Role"] == ["Medical reviewer"]


def test_no_password_is_told(monkeypatch):
    admin = admin_user()

    def refuse(self, *args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(type(admin), "set_password", refuse)
    form = {"username": "grace", "email": "grace@example.org", "first_name": "Grace", "last_name": "Writer"}
    form |= {"password1": "long-and-secret-words", "password2": "long-and-secret-words"}

    answer = sent(admin, reverse("wagtailusers_users:add"), form)

    assert answer.status_code == 503
    assert shown(answer)["First name"] == ["Grace"]
    assert "secret" not in str(shown(answer))


def test_what_a_form_was_filled_with_is_no_text_of_a_person(request):
    term = GlossaryTermFactory(synonyms="one")
    request.getfixturevalue("is_busy")
    form = {"term": term.term, "plain_words": "Other words", "synonyms": "one", "filled_with": '{"synonyms": "one"}'}

    answer = sent(admin_user(), reverse("research_glossaryterm_modeladmin_edit", args=[term.pk]), form)

    assert "Other words" in str(shown(answer))
    assert "Filled with" not in shown(answer)
    assert 'name="filled_with"' in answer.content.decode()
