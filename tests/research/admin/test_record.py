"""What reviewers signed: who sees which lines, what became of them, and receipts that the verifier proves."""

import csv
import io
import json
import zlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from research.models import PublishedArticle, SignOff
from research.publishing import public_row
from research.reading.receipts.facts import facts_of
from research.reading.receipts.pdf import RECORD, pdf_of
from research.record.erasure.erasing import erase_person
from research.review.transparency.checkpoints import make_due
from research.review.transparency.signed_notes import new_key, read_key
from tests.factories import ArticlePageFactory, TopicFactory, edit, publish, reviewer_user, sign, sign_text_of
from tests.verifier import verifier

pytestmark = pytest.mark.django_db

RECORD_PAGE = "research_record"


@pytest.fixture
def signed(section, reviewer):
    """One of each: public, replaced, revoked, signed and not public; and somebody else's."""
    lines = {}
    page = publish(ArticlePageFactory(parent=section, title="Fewer relapses", slug="fewer"), reviewer)
    lines["replaced"] = PublishedArticle.objects.get().sign_off
    edit(page, title="Fewer relapses, said better")
    publish(page, reviewer)
    lines["public"] = PublishedArticle.objects.get().sign_off
    lines["not public"] = sign(ArticlePageFactory(parent=section, title="Not yet"), reviewer)
    lines["revoked"] = sign(ArticlePageFactory(parent=section, title="A wrong number"), reviewer)
    public_row.revoke(lines["revoked"], reviewer, "A wrong number.")
    lines["other"] = sign(ArticlePageFactory(parent=section, title="Somebody else’s"), reviewer_user())
    return lines


def shown(client, user, **filters):
    client.force_login(user)
    answer = client.get(reverse(RECORD_PAGE), filters)
    assert answer.status_code == 200
    return {str(line.title): str(line.state_words) for line in answer.context["object_list"]}


def test_reviewers_see_their_own_signatures_and_editors_all(client, signed, reviewer, editor, admin):
    own = {
        "Fewer relapses": "Replaced by a newer signature",
        "Fewer relapses, said better": "Public",
        "Not yet": "Signed, not public",
        "A wrong number": "Revoked",
    }

    assert shown(client, reviewer) == own
    assert shown(client, editor) == shown(client, admin) == {**own, "Somebody else’s": "Signed, not public"}
    assert shown(client, editor, reviewer_id=str(signed["other"].reviewer_id)) == {
        "Somebody else’s": "Signed, not public"
    }


@pytest.mark.parametrize("name", ["research_record", "research_receipt_pdf", "research_receipt_json"])
def test_nobody_else_opens_it(client, signed, writer, name):
    line = [] if name == RECORD_PAGE else [signed["public"].pk]
    address = reverse(name, args=line)

    assert client.get(address).status_code == 302
    client.force_login(writer)
    assert client.get(address).status_code in (302, 403)
    assert "receipt" not in client.get(address).headers.get("Content-Disposition", "")


def test_a_reviewer_gets_no_receipt_of_somebody_elses_signature(client, signed, reviewer, editor):
    addresses = [reverse(f"research_receipt_{kind}", args=[signed["other"].pk]) for kind in ("pdf", "json")]

    client.force_login(reviewer)
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    client.force_login(editor)
    assert [client.get(address).status_code for address in addresses] == [200, 200]


def test_a_revocation_is_no_signature_and_has_no_receipt(client, signed, editor):
    client.force_login(editor)
    revocation = SignOff.objects.get(kind=SignOff.Kind.REVOKED)

    assert client.get(reverse("research_receipt_pdf", args=[revocation.pk])).status_code == 404


def test_the_record_narrows_down_by_state_kind_day_and_when_it_is_due(client, signed, reviewer):
    sign_text_of(TopicFactory(name="Microglia", definition="<p>Cells that guard.</p>"), reviewer)
    now = timezone.now()

    assert set(shown(client, reviewer, state="1")) == {"Fewer relapses, said better", "Microglia"}
    assert set(shown(client, reviewer, state="4")) == {"A wrong number"}
    assert set(shown(client, reviewer, subject_type="topic")) == {"Microglia"}
    assert shown(client, reviewer, signed_at_from=str((now + timedelta(days=2)).date())) == {}
    for due, moment in (("overdue", now), ("soon", now + timedelta(days=9)), ("later", now + timedelta(days=300))):
        PublishedArticle.objects.update(review_due_at=moment)
        found = {each: set(shown(client, reviewer, due=each)) for each in ("overdue", "soon", "later")}
        assert found == {each: {"Fewer relapses, said better"} if each == due else set() for each in found}


@pytest.mark.parametrize("ordering", ["due_at", "-due_at"])
def test_what_is_never_due_comes_last(client, signed, reviewer, ordering):
    assert next(iter(shown(client, reviewer, ordering=ordering))) == "Fewer relapses, said better"


def test_the_record_is_exported(client, signed, reviewer):
    client.force_login(reviewer)
    answer = client.get(reverse(RECORD_PAGE), {"export": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    assert len(rows) == 4
    public = next(row for row in rows if row["State"] == "Public")
    assert (public["Signed"], public["Line"]) == ("Fewer relapses, said better", str(signed["public"].pk))
    assert public["Address"] == "/ms/fewer/"
    assert public["Fingerprint of the line"] == signed["public"].line_hash


def test_the_record_costs_no_more_with_more_signatures(client, section, reviewer):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            shown(client, reviewer)
        return len(captured)

    sign(ArticlePageFactory(parent=section), reviewer)
    cost()
    few = cost()
    for _ in range(4):
        sign(ArticlePageFactory(parent=section), reviewer)

    assert cost() <= few


# Receipts


@pytest.fixture
def key(settings):
    settings.CHECKPOINT_KEY = new_key()
    return read_key(settings.CHECKPOINT_ORIGIN, settings.CHECKPOINT_KEY).verifier


def prove(record, key, tmp_path, capsys):
    """Return what the outsiders' program says of a record."""
    kept = tmp_path / RECORD
    kept.write_bytes(record)
    code = verifier.main([str(kept), "--key", key])
    return code, capsys.readouterr().out


def attached_to(pdf):
    """Return the record in a PDF: its streams are compressed by zlib, and one of them is JSON."""
    for part in pdf.split(b"stream\n")[1:]:
        try:
            words = zlib.decompress(part.split(b"\nendstream")[0])
            json.loads(words)
        except (ValueError, zlib.error):
            continue
        return words
    return b""


def test_the_receipt_is_proven_by_the_verifier(client, signed, reviewer, key, tmp_path, capsys):
    make_due(timezone.now())
    client.force_login(reviewer)
    for name in ("public", "replaced", "not public"):
        line = signed[name]
        record = client.get(reverse("research_receipt_json", args=[line.pk]))
        pdf = client.get(reverse("research_receipt_pdf", args=[line.pk]))

        assert pdf["Content-Type"] == "application/pdf"
        assert pdf["Content-Disposition"] == f'attachment; filename="countersign-receipt-{line.pk}.pdf"'
        for words in (record.content, attached_to(pdf.content)):
            code, said = prove(words, key, tmp_path, capsys)
            assert (code, f"PROVEN: line {line.pk} of" in said) == (0, True), said


def test_a_receipt_with_other_words_or_another_name_is_not_proven(client, signed, reviewer, key, tmp_path, capsys):
    make_due(timezone.now())
    client.force_login(reviewer)
    record = client.get(reverse("research_receipt_json", args=[signed["public"].pk])).json()
    words, name = json.loads(json.dumps(record)), json.loads(json.dumps(record))
    words["seal"]["words"] = words["seal"]["words"].replace("Fewer", "More")
    name["countersigned"]["openings"]["name"]["value"] = "Somebody Else"

    for forged in (words, name):
        assert prove(json.dumps(forged).encode(), key, tmp_path, capsys)[0] == 1


def test_before_a_checkpoint_the_receipt_says_that_nothing_covers_it_yet(signed):
    facts = facts_of(signed["public"], site="https://press.example", now=timezone.now())

    assert (facts.size, facts.line_url, facts.path) == (None, "", ())
    assert pdf_of(facts, publication="Myelin").startswith(b"%PDF-")


def test_the_same_facts_give_the_same_receipt(signed):
    facts = facts_of(signed["public"], site="https://press.example", now=timezone.now())

    assert pdf_of(facts, publication="Myelin") == pdf_of(facts, publication="Myelin")


def test_the_receipt_tells_what_became_of_the_signature(signed):
    now = timezone.now()
    facts = {name: facts_of(line, site="https://press.example", now=now) for name, line in signed.items()}

    assert facts["public"].page_url == "https://press.example/ms/fewer/"
    assert [facts[name].page_url for name in ("replaced", "not public", "revoked")] == ["", "", ""]
    assert "Revoked on" in facts["revoked"].revoked
    assert [facts[name].revoked for name in ("public", "replaced", "not public")] == ["", "", ""]


def test_the_receipt_of_an_erased_reviewer_names_nobody_and_is_still_proven(
    client, signed, reviewer, editor, admin, key, tmp_path, capsys
):
    make_due(timezone.now())
    name, line = reviewer.person.name, signed["public"]
    erase_person(user=reviewer, by=admin, reason="They asked for it.")
    client.force_login(editor)

    record = client.get(reverse("research_receipt_json", args=[line.pk])).content
    pdf = client.get(reverse("research_receipt_pdf", args=[line.pk])).content
    listed = client.get(reverse(RECORD_PAGE)).content.decode()

    facts = facts_of(SignOff.objects.get(pk=line.pk), site="https://press.example", now=timezone.now())
    assert (facts.credentials, facts.declared) == ("", "")
    for words in (record.decode(), attached_to(pdf).decode(), listed, str(facts)):
        assert name not in words
        assert "name removed at their request" in words
    assert prove(record, key, tmp_path, capsys)[0] == 0
