from html import unescape
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page, Site

from common.models import User
from home.first_pages import RUBRIC
from home.models import HomePage, InfoPage, SiteSettings
from research.models import TopicIndexPage

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough phrase"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("CONDITION_SHORT", "SECTION_SLUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PUBLICATION", "Steady")
    monkeypatch.setenv("CONDITION", "Parkinson’s disease")
    monkeypatch.setenv("ADMIN_USERNAME", "first")
    monkeypatch.setenv("ADMIN_EMAIL", "first@example.org")
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)


def run(*arguments):
    out = StringIO()
    call_command("setup_site", *arguments, stdout=out)
    return out.getvalue()


def everything():
    models = (Page, HomePage, TopicIndexPage, InfoPage, Site, User)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_the_first_run_makes_home_a_section_and_the_small_pages(client):
    run("--publication", "Myelin", "--condition", "multiple sclerosis", "--short-name", "MS", "--section-slug", "ms")

    assert SiteSettings.objects.get().name == "Myelin"
    assert TopicIndexPage.objects.get().condition_name == "multiple sclerosis"
    for slug in ("about", "how-we-rate", "not-medical-advice", "privacy", "accessibility", "contact", "corrections"):
        assert client.get(f"/{slug}/").status_code == 200
    assert client.get("/").status_code == client.get("/ms/").status_code == 200


def test_the_first_administrator_comes_from_the_environment():
    run()

    user = User.objects.get()
    assert (user.username, user.email, user.is_superuser) == ("first", "first@example.org", True)
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("password", ["short", "first", "123456789012", "passwordpassword1"[:8]])
def test_a_bad_password_is_refused_with_what_is_wrong(monkeypatch, password):
    monkeypatch.setenv("ADMIN_PASSWORD", password)

    with pytest.raises(CommandError, match="Choose another password"):
        run()

    assert not User.objects.exists()


def test_without_a_terminal_it_says_which_variables_to_set(monkeypatch):
    monkeypatch.delenv("ADMIN_PASSWORD")
    monkeypatch.setattr("os.isatty", lambda descriptor: False)

    with pytest.raises(CommandError, match="ADMIN_PASSWORD"):
        run()


def test_a_second_run_changes_nothing():
    run()
    before = everything()

    said = run()

    assert everything() == before
    assert "none was created" in said


def test_wagtails_welcome_page_is_gone():
    run()

    assert [page.title for page in Page.objects.filter(depth=2)] == ["Steady"]
    assert Site.objects.get().root_page.specific == HomePage.objects.get()


def test_nothing_is_bound_to_one_condition_and_names_keep_their_capitals(client):
    run()

    section = TopicIndexPage.objects.get()
    assert (section.title, section.condition_name) == ("Parkinson’s disease", "Parkinson’s disease")
    assert section.slug == "parkinsons-disease"
    words = " ".join(client.get(f"/{page.slug}/").content.decode() for page in InfoPage.objects.all())
    assert "multiple sclerosis" not in words.lower()
    assert "Parkinson’s disease" in words


@pytest.mark.parametrize("variable", ["PUBLICATION", "CONDITION"])
def test_without_a_terminal_it_says_which_of_the_names_is_missing(monkeypatch, variable):
    monkeypatch.delenv(variable)
    monkeypatch.setattr("os.isatty", lambda descriptor: False)

    with pytest.raises(CommandError, match=variable):
        run()

    assert not HomePage.objects.exists()


def test_a_second_run_says_what_it_left_alone():
    run()

    said = run("--publication", "Another name")

    assert "Left as they are" in said
    assert "still called “Steady”" in said
    assert SiteSettings.objects.get().name == "Steady"


def test_the_rating_page_has_every_question_and_answer_of_the_rubric(client):
    run()

    page = unescape(client.get("/how-we-rate/").content.decode())

    for question in (*RUBRIC.credibility, *RUBRIC.interest):
        assert question.asks in page
        for choice in question.choices:
            assert f"{choice.points}: {choice.words}" in page


def test_every_information_page_holds_real_text(client):
    run()

    assert all(len(page.body) > 200 for page in InfoPage.objects.all())
