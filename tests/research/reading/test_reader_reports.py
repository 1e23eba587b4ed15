import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from common.outbox import deliver_due
from research.models import ReaderReport
from tests.factories import unpublish

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


def test_an_editor_records_what_was_decided(client, public_article, editor):
    report = ReaderReport.objects.create(article=public_article, kind="wrong", words="Wrong number.")
    client.force_login(editor)

    client.post(
        reverse("research_readerreport_modeladmin_edit", args=[report.pk]), {"decision": "Corrected on Monday."}
    )

    report.refresh_from_db()
    assert (report.decision, report.decided_by) == ("Corrected on Monday.", editor)
    assert report.decided_at is not None


def test_readers_behind_one_proxy_are_counted_apart(client, public_article, settings):
    settings.TRUSTED_PROXIES = ["10.0.0.7"]
    for _ in range(6):
        client.post(address(public_article), WRONG, REMOTE_ADDR="10.0.0.7", headers={"x-forwarded-for": "203.0.113.9"})

    other = client.post(
        address(public_article), WRONG, REMOTE_ADDR="10.0.0.7", headers={"x-forwarded-for": "203.0.113.10"}
    )

    assert other.status_code == 302
    assert ReaderReport.objects.count() == 6
