import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from common.outbox import deliver_due
from home.languages import forget
from research.models import ReaderReport, TopicIndexPage
from tests.factories import reviewer_user, unpublish, writer_user

pytestmark = pytest.mark.django_db

WRONG = {"kind": "wrong", "words": "The number of people is 53, not 35.", "email": ""}


def address(article):
    return f"/ms/{article.slug}/report/"


def test_a_reader_reports_a_problem_and_the_editors_get_one_mail(client, public_article, editor):
    response = client.post(address(public_article), WRONG, follow=True)

    report = ReaderReport.objects.get()
    assert (report.article_id, report.words) == (public_article.pk, WRONG["words"])
    assert "Thank you" in response.content.decode()
    deliver_due(timezone.now())
    assert [editor.email] in [message.to for message in mail.outbox if "A reader reports" in message.subject]


def test_the_article_links_to_its_form(client, public_article):
    page = client.get(f"/ms/{public_article.slug}/").content.decode()

    assert f'href="{address(public_article)}"' in page


def test_an_empty_report_says_what_to_do_and_keeps_the_address(client, public_article):
    response = client.post(address(public_article), {**WRONG, "words": "", "email": "reader@example.org"})

    assert response.status_code == 400
    assert "Tell us what you noticed." in response.content.decode()
    assert "reader@example.org" in response.content.decode()
    assert not ReaderReport.objects.exists()


def test_the_form_is_never_stored(client, public_article):
    assert "no-store" in client.get(address(public_article))["Cache-Control"]


def test_what_is_not_public_has_no_form(client, article, public_article):
    unpublish(public_article)

    assert client.get(address(public_article)).status_code == 404
    assert client.get("/ms/no-such-article/report/").status_code == 404


def test_a_program_that_fills_in_every_field_leaves_no_report(client, public_article):
    client.post(address(public_article), {**WRONG, "website": "https://example.org"})

    assert not ReaderReport.objects.exists()


def test_one_address_sends_only_so_many_reports_an_hour(client, public_article):
    for _ in range(5):
        client.post(address(public_article), WRONG)

    response = client.post(address(public_article), WRONG)

    assert response.status_code == 400
    assert "try again later" in response.content.decode()
    assert ReaderReport.objects.count() == 5


@pytest.fixture
def reported(public_article):
    return ReaderReport.objects.create(
        article=public_article, kind="wrong", words="The number is wrong.", email="reader@example.org"
    )


def decide(client, reported, user, **values):
    """Post the editor's form, and return what the screen says then."""
    client.force_login(user)
    given = {"state": "new", "owner": "", "decision": "", "answer": ""} | values
    response = client.post(reverse("research_readerreport_modeladmin_edit", args=[reported.pk]), given)
    reported.refresh_from_db()
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def answers():
    return list(OutboxMessage.objects.filter(key__startswith="report-answer-"))


def test_an_upheld_report_makes_the_article_due_for_review_and_its_reader_is_answered(
    client, public_article, reported, editor
):
    assert "due for a new medical review" not in client.get("/ms/fewer-relapses/").content.decode()

    decide(client, reported, editor, state="upheld", decision="It says 7; it is 4.", answer="You were right.")

    assert (reported.state, reported.decided_by) == ("upheld", editor)
    assert reported.decided_at is not None
    client.logout()
    assert "due for a new medical review" in client.get("/ms/fewer-relapses/").content.decode()
    (mail,) = answers()
    assert mail.payload["to"] == ["reader@example.org"]
    assert "You were right." in mail.payload["body"]
    call_command("verify_seals")


def test_a_reader_is_answered_in_the_language_of_the_section(client, public_article, reported, editor):
    TopicIndexPage.objects.update(language="de")
    forget()

    decide(client, reported, editor, state="declined", decision="It is right.", answer="Danke, die Zahl stimmt.")

    (mail,) = answers()
    assert mail.payload["subject"].startswith("Ihre Meldung zu")
    assert "Danke, die Zahl stimmt." in mail.payload["body"]


def test_a_declined_report_changes_nothing_for_readers(client, reported, editor):
    decide(client, reported, editor, state="declined", decision="The number is that of the study.")

    client.logout()
    assert "due for a new medical review" not in client.get("/ms/fewer-relapses/").content.decode()
    assert answers() == []


def test_the_record_says_what_became_of_it_and_none_of_its_words(client, reported, editor):
    before = client.get("/ms/fewer-relapses/made.json").json()["reports"]
    decide(client, reported, editor, state="declined", decision="No mistake of ours.", answer="Thank you.")
    client.logout()

    response = client.get("/ms/fewer-relapses/made.json")

    assert before == []
    assert [(told["kind"], told["outcome"]) for told in response.json()["reports"]] == [("wrong", "declined")]
    for kept in ("The number is wrong", "reader@example.org", "No mistake of ours", "Thank you."):
        assert kept not in response.content.decode()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"state": "upheld"}, "Say what was decided, and why."),
        ({"state": "declined", "decision": " "}, "Say what was decided, and why."),
    ],
)
def test_an_outcome_needs_its_reason(client, reported, editor, values, told):
    assert told in decide(client, reported, editor, **values)
    assert reported.state == "new"


def test_an_outcome_and_an_answer_stay_as_they_were(client, reported, editor):
    decide(client, reported, editor, state="declined", decision="No.", answer="Thank you.")

    told = decide(client, reported, editor, state="new", decision="No.", answer="Something else.")

    assert "This report has its outcome." in told
    assert (reported.state, reported.answer) == ("declined", "Thank you.")
    assert len(answers()) == 1


def test_nobody_is_answered_who_left_no_address(client, reported, editor):
    ReaderReport.objects.update(email="")

    assert "The reader left no address" in decide(client, reported, editor, answer="Thank you.")


@pytest.mark.parametrize("make_user", [writer_user, reviewer_user])
def test_only_editors_decide(client, reported, make_user):
    decide(client, reported, make_user(), state="declined", decision="No.")

    assert reported.state == "new"


def test_a_report_is_given_to_an_editor_and_stands_on_the_dashboard_until_it_is_decided(client, reported, editor):
    decide(client, reported, editor, state="looking", owner=editor.pk)
    open_one = client.get(reverse("wagtailadmin_home")).content.decode()
    decide(client, reported, editor, state="declined", owner=editor.pk, decision="No.")
    closed = client.get(reverse("wagtailadmin_home")).content.decode()

    assert "Readers report" in open_one
    assert "Something is wrong. With" in open_one
    assert "Readers report" not in closed


def test_it_is_not_given_to_somebody_who_is_no_editor(client, reported, editor):
    decide(client, reported, editor, state="looking", owner=writer_user().pk)

    assert reported.owner is None


def test_readers_behind_one_proxy_are_counted_apart(client, public_article, settings):
    settings.TRUSTED_PROXIES = ["10.0.0.7"]
    for _ in range(6):
        client.post(address(public_article), WRONG, REMOTE_ADDR="10.0.0.7", headers={"x-forwarded-for": "203.0.113.9"})

    other = client.post(
        address(public_article), WRONG, REMOTE_ADDR="10.0.0.7", headers={"x-forwarded-for": "203.0.113.10"}
    )

    assert other.status_code == 302
    assert ReaderReport.objects.count() == 6


def test_a_report_needs_no_cookie(public_article):
    client = Client(enforce_csrf_checks=True)

    assert not client.get(address(public_article)).cookies
    assert client.post(address(public_article), WRONG).status_code == 302
    assert ReaderReport.objects.get().words == WRONG["words"]
