"""The frame of pages that are made for the store: from memory, and never an old one."""

import pytest
from bs4 import BeautifulSoup

from tests.factories import ArticlePageFactory, InfoPageFactory, publish

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 5


@pytest.fixture
def article(section):
    InfoPageFactory(title="Who we are", slug="about")
    return publish(ArticlePageFactory(parent=section, slug="read"))


def asks_for_the_frame(statements: list[str]) -> bool:
    return any("home_infopage" in statement for statement in statements)


@pytest.mark.django_db(transaction=True)  # what is not committed is not remembered
def test_an_article_is_made_with_five_statements_where_another_page_was_made_before(reader, article):
    first = reader.get("/")
    page = reader.get(article.url)

    assert asks_for_the_frame(first.statements)
    assert len(page.statements) <= MOST_STATEMENTS, page.statements


def test_publishing_an_article_leaves_the_frame_in_memory(reader, article, django_capture_on_commit_callbacks):
    reader.get("/")
    with django_capture_on_commit_callbacks(execute=True):
        publish(ArticlePageFactory(parent=article.get_parent().specific, slug="next"))

    page = reader.get("/")

    assert page.statements
    assert not asks_for_the_frame(page.statements)


@pytest.mark.parametrize("change", ["save", "update"])
def test_the_frame_follows_a_page_of_it_at_once(reader, article, django_capture_on_commit_callbacks, change):
    reader.get("/")
    page = article.get_parent().specific
    with django_capture_on_commit_callbacks(execute=True):
        if change == "save":
            page.title = "Another section"
            page.save()
        else:
            type(page).objects.filter(pk=page.pk).update(title="Another section")

    made = reader.get(article.url)

    assert "Another section" in made.text
    assert asks_for_the_frame(made.statements)


def test_who_is_signed_in_sees_the_frame_of_the_database(reader, client, article, django_user_model):
    reader.get("/")
    client.force_login(django_user_model.objects.create_user("editor", "editor@example.org"))
    # As a request sees what its own transaction has written: nothing is committed, so nothing is purged yet.
    page = article.get_parent().specific
    page.title = "Not committed"
    page.save()

    assert "Not committed" in client.get(article.url).content.decode()


def test_a_query_stands_in_the_masthead_of_its_own_page_alone(client, article):
    def looked_for(page: str) -> str:
        return BeautifulSoup(client.get(page).content, "html.parser").find(id="find")["value"]

    assert looked_for("/search/?q=%3Cb%3E%22relapse") == '<b>"relapse'
    assert looked_for("/search/?q=other") == "other"
    assert looked_for(article.url) == ""
