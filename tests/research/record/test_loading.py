"""Articles of another system, loaded as drafts by the command."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from research.content.article import content_of
from research.content.completeness import missing_parts
from research.models import ArticlePage, Contribution, Person, PublishedArticle, Release, SignOff, Topic
from research.newsroom.permissions import WRITERS
from research.record.loading import loading, writing
from research.review.guard import NotPermitted
from tests.factories.content import AppraisalFactory, GlossaryTermFactory, TopicFactory
from tests.factories.pages import ArticlePageFactory, TopicIndexPageFactory
from tests.factories.people import PersonFactory, UserFactory
from tests.factories.references import StudyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]

ANSWERS = {name: value for name, value in AppraisalFactory.build().answers().items() if name != "rubric" and value}


@pytest.fixture
def section():
    return TopicIndexPageFactory()


@pytest.fixture
def owner(section):
    return UserFactory(username="ann", role=WRITERS)


def article(number=1, **values):
    """Return a line of a complete article."""
    text = "<p>Some plain words.</p>"
    given = {
        "id": f"old-{number}",
        "section": "ms",
        "title": f"What one trial found, part {number}",
        "summary": "Fewer people had a relapse.",
        "key_takeaway": "<p>It <strong>may</strong> help.</p>",
        "what_they_found": [{"type": "text", "html": text}],
        "who_should_care": text,
        "important_considerations": [text, {"type": "fact", "text": "Ten people took part."}],
        "appraisal": ANSWERS,
    }
    return given | values


def run(tmp_path, *lines, **options):
    """Load lines; return the exit code and what was said."""
    path = tmp_path / "articles.jsonl"
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(written) + b"\n")
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("load_articles", str(path), **{"owner": "ann"} | options, stdout=out, stderr=err)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue(), err.getvalue()


def test_a_line_becomes_an_unsigned_draft_with_its_first_revision(tmp_path, owner, section):
    study, topic, person = StudyFactory(doi="10.1000/one"), TopicFactory(name="Sleep"), PersonFactory(name="Mo Wright")

    code, out, _ = run(
        tmp_path, article(study="https://doi.org/10.1000/ONE", topics=["sleep"], authors=["Mo Wright"], slug="one")
    )

    assert code == 0
    assert "1 loaded as drafts" in out
    page = ArticlePage.objects.get()
    assert (page.live, page.has_unpublished_changes, page.slug, page.owner) == (False, True, "one", owner)
    assert page.get_parent().specific == section
    assert page.url_path == f"{section.url_path}one/"
    draft = page.get_latest_revision_as_object()
    assert page.latest_revision.user == owner
    assert (draft.study, list(draft.topics.all())) == (study, [topic])
    assert [author.person for author in draft.authors.all()] == [person]
    assert draft.key_takeaway == "<p>It <strong>may</strong> help.</p>"
    assert missing_parts(content_of(draft)) == []
    assert content_of(draft).digest == content_of(page).digest
    assert not any(model.objects.exists() for model in (SignOff, Release, PublishedArticle))


def test_a_loaded_article_is_not_published_unsigned(tmp_path, owner):
    run(tmp_path, article())

    with pytest.raises(NotPermitted):
        ArticlePage.objects.get().get_latest_revision().publish(skip_permission_checks=True)

    assert not ArticlePage.objects.live().exists()


def test_what_was_loaded_stands_in_the_records_of_every_draft(tmp_path, owner, section):
    study = StudyFactory(pmid="123")

    run(tmp_path, article(study={"pmid": "123"}))

    page = ArticlePage.objects.get()
    entry = PageLogEntry.objects.get(page_id=page.pk)
    assert (entry.action, entry.user, entry.data) == ("wagtail.create", owner, {"loaded": "old-1"})
    assert Contribution.objects.get().subject_uuid == page.subject_uuid
    assert [group[0].specific for group in ReferenceIndex.get_references_to(study).group_by_source_object()] == [page]
    assert list(ArticlePage.objects.search("trial")) == [page]
    assert Page.find_problems() == ([], [], [], [], [])


def test_the_editor_opens_a_loaded_article_and_it_can_be_submitted(tmp_path, client, owner, section):
    GlossaryTermFactory(term="Placebo")
    blocks = [
        {"type": "text", "html": "<p>Some words.</p>"},
        {"type": "numbers", "denominator": 100, "before": 7, "after": 4, "outcome": "had a relapse"},
        {"type": "table", "rows": [["What", "How many"], ["Relapses", 4]], "header": True, "caption": "All"},
        {"type": "glossary_term", "term": "placebo"},
        {"type": "quote", "text": "We were glad.", "speaker": "An author"},
    ]
    StudyFactory(pmid="123")
    run(tmp_path, article(study="PMID 123", what_they_found=blocks))
    page = ArticlePage.objects.get()
    client.force_login(owner)

    answer = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))

    assert answer.status_code == 200
    assert not answer.context["form"].errors
    assert [block.block_type for block in page.body[0].value] == [block["type"] for block in blocks]
    state = page.get_workflow().start(page, owner)
    assert state.current_task_state.specific.submission.digest == content_of(page).digest


def test_a_second_run_loads_nothing_twice(tmp_path, owner):
    run(tmp_path, article(1), article(2))

    code, out, _ = run(tmp_path, article(1, title="Another title"), article(2), article(3))

    assert code == 0
    assert "1 loaded as drafts, 2 there already" in out
    assert ArticlePage.objects.count() == Revision.objects.count() == 3
    assert not ArticlePage.objects.filter(title="Another title").exists()


def test_equal_ids_of_two_systems_are_two_articles(tmp_path, owner):
    run(tmp_path, article(1), system="one")
    run(tmp_path, article(1), system="two")

    assert sorted(ArticlePage.objects.values_list("slug", flat=True)) == [
        "what-one-trial-found-part-1",
        "what-one-trial-found-part-1-2",
    ]


@pytest.mark.parametrize("step", ["_write_children", "_write_revisions", "_write_log"])
def test_a_run_that_is_killed_leaves_whole_articles_and_the_next_completes_it(
    tmp_path, owner, section, monkeypatch, step
):
    monkeypatch.setattr(loading, "A_BATCH", 2)
    real, calls = getattr(writing, step), []

    def killed_at_the_second(*args):
        calls.append(step)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    lines = [article(number) for number in range(5)]
    with monkeypatch.context() as patched:
        patched.setattr(writing, step, killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, *lines)

    assert ArticlePage.objects.count() == Page.objects.child_of(section).count() == Revision.objects.count() == 2
    assert "3 loaded as drafts, 2 there already" in run(tmp_path, *lines)[1]
    assert {page.get_latest_revision_as_object().title for page in ArticlePage.objects.all()} == {
        line["title"] for line in lines
    }
    assert Contribution.objects.count() == 5
    assert Page.find_problems() == ([], [], [], [], [])


def test_bad_lines_are_told_with_their_number_and_written_to_a_file_and_the_others_loaded(tmp_path, owner):
    bad, refused = article(2, summary="x" * 281), tmp_path / "refused.jsonl"

    code, out, err = run(tmp_path, article(1), bad, b"{not json", article(4), refused=refused)

    assert code == 1
    assert "2 loaded as drafts, 0 there already, 2 refused" in out
    assert "line 2: “summary”: Ensure this value has at most 280 characters" in err
    assert "line 3: This is not JSON" in err
    assert refused.read_bytes() == json.dumps(bad).encode() + b"\n{not json\n"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"id": None}, "“id”: give"),
        ({"id": True}, "“id”: give"),
        ({"title": None}, "“title”: This field is required."),
        ({"title": ["x"]}, "“title”: Give text."),
        ({"section": "none"}, "there is no section “none”"),
        ({"section": {"a": 1}}, "there is no section"),
        ({"language": "de"}, "the articles of “ms” are in en-gb"),
        ({"study": "10.1000/none"}, "“manage.py import_studies 10.1000/none” brings it"),
        ({"study": "hello"}, "neither a DOI nor a PubMed number"),
        ({"topics": ["None"]}, "there is no topic “None”"),
        ({"authors": [{"name": "x"}]}, "there is no contributor"),
        ({"key_takeaway": "<ul><li>x</li></ul>"}, "The editor has no <li>, <ul> here"),
        ({"what_they_found": "<p><img src=x></p>"}, "“what_they_found, block 1”: The editor has no <img> here"),
        ({"what_they_found": "<a linktype='page' id='1'>x</a>"}, "by its number"),
        ({"what_they_found": [{"type": "video"}]}, "A block is an object whose “type” is one of"),
        ({"what_they_found": [{"type": "fact", "words": "x"}]}, "A block of type “fact” has no “words”"),
        ({"what_they_found": [{"type": "fact", "text": {"a": 1}}]}, "“text”: give text or a number"),
        ({"what_they_found": [{"type": "fact", "text": "x" * 221}]}, "at most 220 characters"),
        ({"what_they_found": [{"type": "numbers", "denominator": 2, "after": 3}]}, "This cannot be more than"),
        ({"what_they_found": [{"type": "table", "rows": [["a"], ["b", "c"]]}]}, "rows of equal length"),
        ({"what_they_found": [{"type": "glossary_term", "term": "None"}]}, "The glossary has no term"),
        ({"what_they_found": [{"type": "figure", "image": 999}]}, "the library has no picture 999"),
        ({"appraisal": {"design": "guess"}}, "Choose from: "),
        ({"appraisal": {"stars": 5}}, "There is no such question"),
        ({"appraisal": "good"}, "“appraisal”: give an object"),
        ({"slug": "topics"}, "is an address of the site itself"),
        ({"live": True}, "Nothing here is called “live”"),
    ],
)
def test_a_line_is_refused_with_what_to_do(tmp_path, owner, values, said):
    code, _, err = run(tmp_path, article(**values))

    assert code == 1
    assert f"line 1: {said}" in err or said in err
    assert not ArticlePage.objects.exists()


def test_all_that_is_wrong_with_a_line_is_said_at_once(tmp_path, owner):
    err = run(tmp_path, article(title="", topics=["None"], what_they_found=[{"type": "video"}]))[2]

    assert err.count("line 1: ") == 3


def test_an_id_twice_in_a_file_is_refused_the_second_time(tmp_path, owner):
    code, _, err = run(tmp_path, article(1), article(1, title="Other"))

    assert code == 1
    assert "line 2: “id”: old-1 stands on line 1, too" in err


def test_an_address_that_is_given_must_be_free_and_one_that_is_made_gets_a_number(tmp_path, owner, section):
    ArticlePageFactory(parent=section, slug="taken")

    code, _, err = run(tmp_path, article(1, slug="taken"), article(2, title="Taken"), article(3, title="Taken"))

    assert code == 1
    assert "line 1: “slug”: “taken” is the address of another page" in err
    assert set(ArticlePage.objects.values_list("slug", flat=True)) == {"taken", "taken-2", "taken-3"}


def test_what_is_missing_is_added_where_that_is_asked_for(tmp_path, owner):
    lines = [article(n, topics=["Heat", "heat"], authors=["Mo Wright"]) for n in (1, 2)]

    assert run(tmp_path, *lines, add_missing=True)[0] == 0

    assert Topic.objects.get().name == "Heat"
    assert Person.objects.get(name="Mo Wright").user is None
    assert [list(page.topics.all()) for page in ArticlePage.objects.all()] == [[Topic.objects.get()]] * 2


def test_one_line_that_the_database_refuses_does_not_keep_the_others_out(tmp_path, owner, monkeypatch):
    real = writing._write_pages

    def refusing(pages, *args):
        if any("part 2" in page.title for page in pages):
            raise DatabaseError("no")
        real(pages, *args)

    monkeypatch.setattr(writing, "_write_pages", refusing)

    code, _, err = run(tmp_path, *(article(number) for number in (1, 2, 3)))

    assert (code, ArticlePage.objects.count()) == (1, 2)
    assert "line 2: The database refused it: no" in err
    assert Page.find_problems() == ([], [], [], [], [])


def test_a_character_that_cannot_be_stored_is_refused_alone(tmp_path, owner):
    code = run(tmp_path, article(1), article(2, title="x\ud800"), article(3, summary="x\x00"))[0]

    assert (code, ArticlePage.objects.count()) == (1, 1)


HALF = "holds half a character or the character U+0000, which cannot be stored. Take it out."


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"id": "a\ud800"}, f'"a\\ud800" {HALF}'),
        ({"id": "a\0"}, f'"a\\u0000" {HALF}'),
        ({"section": "ms\udfff"}, HALF),
        ({"section": "ms\0"}, HALF),
        ({"study": "10.1000/\ud800"}, HALF),
        ({"study": {"doi": "10.1000/a\0"}}, HALF),
        ({"also_cited": ["10.1000/\ud800"]}, HALF),
        ({"topics": ["\ud800"]}, HALF),
        ({"\ud800": 1}, HALF),
        ({"what_they_found": [{"type": "table", "rows": [["\ud800"]]}]}, HALF),
        ({"what_they_found": [{"type": ["text"], "html": "x"}]}, "A block is an object whose “type” is one of"),
        ({"what_they_found": [{"type": {"a": 1}}]}, "A block is an object whose “type” is one of"),
        ({"what_they_found": [{"type": None}]}, "A block is an object whose “type” is one of"),
    ],
)
def test_a_line_of_the_oddest_kind_is_told_and_the_others_are_loaded(tmp_path, owner, values, said):
    lines = article(1), article(2) | values, article(3)

    code, out, err = run(tmp_path, *lines)

    assert code == 1
    assert "2 loaded as drafts, 0 there already, 1 refused" in out
    assert f"line 2: {said}" in err or (err.startswith("line 2: ") and said in err)
    assert "0 loaded as drafts, 2 there already, 1 refused" in run(tmp_path, *lines)[1]


@pytest.mark.parametrize("name", ["read_line", "studies_named_in", "read_draft"])
@pytest.mark.parametrize("error", [TypeError("odd"), ValueError("odd"), RecursionError("odd")])
def test_what_nobody_foresaw_in_a_line_keeps_no_other_out(tmp_path, owner, monkeypatch, caplog, name, error):
    real = getattr(loading, name)

    def failing(line, **options):
        if line.number == 2:
            raise error
        return real(line, **options)

    monkeypatch.setattr(loading, name, failing)

    code, _, err = run(tmp_path, *(article(number) for number in (1, 2, 3)))

    assert (code, ArticlePage.objects.count()) == (1, 2)
    assert f"line 2: Nobody foresaw what is wrong with it ({type(error).__name__}: odd). Leave fields out" in err
    assert caplog.records[0].exc_info[1] is error


def test_what_nobody_foresaw_in_a_row_keeps_no_other_out(tmp_path, owner, monkeypatch):
    real = writing._write_pages

    def failing(pages, *args):
        if any("part 2" in page.title for page in pages):
            raise TypeError("odd")
        real(pages, *args)

    monkeypatch.setattr(writing, "_write_pages", failing)

    code, _, err = run(tmp_path, *(article(number) for number in (1, 2, 3)))

    assert (code, ArticlePage.objects.count()) == (1, 2)
    assert "line 2: Nobody foresaw what is wrong with it (TypeError: odd)" in err
    assert Page.find_problems() == ([], [], [], [], [])


STEPS = [(writing, "_write_pages"), (writing, "_write_log"), (loading, "read_draft")]


@pytest.mark.parametrize(("module", "name"), STEPS)
def test_a_deadlock_is_no_fault_of_a_line(tmp_path, owner, monkeypatch, module, name):
    real, fails = getattr(module, name), [True]

    def once(*args, **options):
        if fails:
            fails.pop()
            raise OperationalError("deadlock detected")
        return real(*args, **options)

    monkeypatch.setattr(module, name, once)

    code, out, _ = run(tmp_path, *(article(number) for number in (1, 2, 3)))

    assert code == 0
    assert "3 loaded as drafts" in out
    assert ArticlePage.objects.count() == 3


def test_a_database_that_is_away_ends_it_and_the_next_run_goes_on(tmp_path, owner, monkeypatch):
    monkeypatch.setattr(loading, "A_BATCH", 1)
    lines = [article(number) for number in (1, 2, 3)]

    def away(drafts, section):
        if drafts[0].line.number > 1:
            raise OperationalError("the server closed the connection")
        return writing.write_drafts(drafts, section)

    with monkeypatch.context() as patched:
        patched.setattr(loading, "write_drafts", away)
        with pytest.raises(CommandError, match="1 were loaded") as ended:
            run(tmp_path, *lines)

    assert ended.value.returncode == 1
    assert "2 loaded as drafts, 1 there already, 0 refused" in run(tmp_path, *lines)[1]


def test_who_may_not_write_in_the_section_owns_no_draft_in_it(tmp_path, section):
    UserFactory(username="ann", role="")

    code, _, err = run(tmp_path, article())

    assert code == 1
    assert "may not write in “ms”" in err


def test_words_without_tags_become_paragraphs_and_headings_small_ones(tmp_path, owner):
    run(tmp_path, article(what_they_found="One.\n\nTwo.", who_should_care="<div><h2>Who</h2>All &amp; some</div>"))

    body = ArticlePage.objects.get().body
    assert body[0].value[0].value["html"].source == "<p>One.</p><p>Two.</p>"
    assert body[1].value[0].value["html"].source == "<h3>Who</h3>All &amp; some"


def test_a_batch_costs_as_many_statements_with_more_articles(tmp_path, owner):
    StudyFactory(pmid="123")
    run(tmp_path, article(1))
    with CaptureQueriesContext(connection) as few:
        run(tmp_path, *(article(number, study="123") for number in range(10, 12)))
    with CaptureQueriesContext(connection) as many:
        run(tmp_path, *(article(number, study="123") for number in range(20, 42)))

    # The row of the article, and the lines of the index of references, are written one by one.
    assert len(many) - len(few) <= 20 * 6


@pytest.mark.parametrize(("lines", "code"), [([b""], 2), ([b"\xef\xbb\xbf" + json.dumps(article()).encode()], 0)])
def test_an_empty_file_is_a_failure_and_a_byte_order_mark_is_none(tmp_path, owner, lines, code):
    assert run(tmp_path, *lines)[0] == code


def test_an_unknown_owner_or_file_ends_at_once(tmp_path, owner):
    with pytest.raises(CommandError, match="no active account"):
        run(tmp_path, article(), owner="nobody")
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_articles", str(tmp_path / "none"), owner="ann")
