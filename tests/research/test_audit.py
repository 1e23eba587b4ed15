import json
import logging
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from research.content.canonical import digest_of
from research.models import PublishedArticle, PublishedText, SealChain, SignOff
from research.newsroom import append_only
from research.review.chain import add_line, hash_of
from tests.factories import ArticlePageFactory, GlossaryTermFactory, sign, sign_text_of, unpublish

pytestmark = pytest.mark.django_db

ALL_AS_SIGNED, BROKEN, DRIFTED = 0, 1, 3


@pytest.fixture
def chain(public_article, reviewer):
    """Three lines: a public article, a public term and a signature of something else."""
    sign_text_of(GlossaryTermFactory(), reviewer)
    sign(ArticlePageFactory(), reviewer)
    return list(SignOff.objects.all())


@pytest.fixture
def superuser_of_the_database(chain):
    """Someone who can take the triggers off."""
    append_only.remove(connection)


def verify(*options):
    """Return the exit code and the problems that the command reports."""
    out = StringIO()
    try:
        call_command("verify_seals", "--json", *options, stdout=out)
    except SystemExit as ended:
        return ended.code, json.loads(out.getvalue())["problems"]
    return ALL_AS_SIGNED, json.loads(out.getvalue())["problems"]


def words_of(problems):
    return " ".join(problem["words"] for problem in problems)


def in_sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_site_as_signed_has_no_problem(chain):
    assert verify() == (ALL_AS_SIGNED, [])


def test_an_empty_site_has_no_problem(db):
    assert verify() == (ALL_AS_SIGNED, [])


def test_what_was_taken_down_has_no_problem(public_article):
    unpublish(public_article)

    assert verify() == (ALL_AS_SIGNED, [])


def test_the_report_for_programs_names_head_lines_and_problems(chain):
    out = StringIO()

    call_command("verify_seals", "--json", stdout=out)

    head = SealChain.objects.get().head
    assert json.loads(out.getvalue()) == {"head": head, "lines": 3, "problems": []}


def test_a_problem_has_weight_subject_and_words(chain):
    in_sql("UPDATE research_publishedarticle SET title = 'Other'")

    code, problems = verify()

    assert code == BROKEN
    assert [set(problem) for problem in problems] == [{"weight", "subject", "words"}]
    assert problems[0]["weight"] == "broken"


def test_the_report_for_people_ends_with_a_count(chain):
    out = StringIO()

    call_command("verify_seals", stdout=out)

    assert out.getvalue().strip() == f"3 signatures, head {chain[-1].line_hash}; 0 problems."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reviewer_name", "Somebody Else"),
        ("reviewer_credentials", "PhD"),
        ("comment", "Looks fine."),
        ("conflict_statement", "None at all."),
        ("answers", [{"question": "Other?", "answer": "Yes"}]),
        ("notices_considered", [7]),
        ("valid_until", timezone.now()),
        ("signed_at", timezone.now()),
        ("kind", "revoked"),
        ("subject_type", "topic"),
        ("content", 'v1:{"title":"Other"}'),
    ],
)
def test_a_changed_line_is_found(superuser_of_the_database, field, value):
    SignOff.objects.filter(sequence=3).update(**{field: value})

    code, problems = verify()

    assert code == BROKEN
    assert {problem["subject"] for problem in problems} == {"sign-off 3"}
    assert "changed after it was written" in words_of(problems)


def test_a_line_deleted_from_the_middle_is_found(superuser_of_the_database):
    SignOff.objects.filter(sequence=2)._raw_delete("default")

    code, problems = verify()

    assert code == BROKEN
    assert "Line 2 of the chain is missing." in words_of(problems)
    assert "does not follow the line before it" in words_of(problems)


def test_a_cut_tail_is_found(superuser_of_the_database):
    SignOff.objects.filter(sequence=3)._raw_delete("default")

    code, problems = verify()

    assert code == BROKEN
    assert "lines are missing" in words_of(problems)


def test_a_chain_without_its_head_is_found(superuser_of_the_database):
    SealChain.objects.all().delete()

    assert verify()[0] == BROKEN


def rewrite_chain(changed, **values):
    """Change a line and give it and all that follow new hashes, as a forger with the code would."""
    previous = ""
    for line in SignOff.objects.order_by("sequence"):
        if line.sequence == changed:
            for name, value in values.items():
                setattr(line, name, value)
        line.previous_hash = previous
        previous = line.line_hash = hash_of(line)
        line.save()
    SealChain.objects.update(head=previous)


def test_a_chain_rewritten_as_a_whole_is_found_only_with_a_head_kept_elsewhere(superuser_of_the_database, chain):
    rewrite_chain(3, comment="Forged.")

    assert verify()[0] == ALL_AS_SIGNED
    code, problems = verify("--head", chain[-1].line_hash)
    assert code == BROKEN
    assert "is not in the chain" in words_of(problems)


def test_a_head_of_earlier_is_still_in_a_chain_that_grew(chain):
    assert verify("--head", chain[0].line_hash) == (ALL_AS_SIGNED, [])


def test_a_tail_cut_with_its_head_is_found_with_a_head_kept_elsewhere(superuser_of_the_database, chain):
    SignOff.objects.filter(sequence=3)._raw_delete("default")
    SealChain.objects.update(length=2, head=chain[1].line_hash)

    assert verify()[0] == ALL_AS_SIGNED
    assert verify("--head", chain[2].line_hash)[0] == BROKEN


@pytest.mark.parametrize("column", ["title", "summary", "search_text", "content"])
def test_public_words_changed_by_sql_are_found(chain, column):
    changed = 'v1:{"title":"Other"}' if column == "content" else "Other words"
    in_sql(f"UPDATE research_publishedarticle SET {column} = %s", changed)  # noqa: S608

    code, problems = verify()

    assert code == BROKEN
    assert all(problem["subject"].startswith("article ") for problem in problems)


def test_public_content_that_nobody_can_read_is_found(chain):
    in_sql("UPDATE research_publishedarticle SET content = 'v9:{}'")

    code, problems = verify()

    assert code == BROKEN
    assert "not what its digest says" in words_of(problems)


def test_public_content_changed_together_with_its_digest_is_found(chain, public_article):
    forged = 'v1:{"title":"Forged"}'
    in_sql("UPDATE research_publishedarticle SET content = %s, digest = %s", forged, digest_of(forged))

    code, problems = verify()

    assert code == BROKEN
    assert "No standing signature covers what readers see." in words_of(problems)


@pytest.mark.parametrize("column", ["credibility", "interest", "credibility_word", "labels", "lead_alternative_text"])
def test_what_a_card_says_changed_by_sql_is_found(chain, column):
    PublishedArticle.objects.update(**{column: {"labels": ["Proof"]}.get(column, 1)})

    assert verify()[0] == BROKEN


def test_a_shared_text_changed_by_sql_is_found(chain):
    PublishedText.objects.update(values={"term": "relapse", "plain_words": "Nothing to worry about."})

    code, problems = verify()

    assert code == BROKEN
    assert all(problem["subject"].startswith("text ") for problem in problems)


def test_public_words_whose_signature_was_revoked_behind_the_scenes_are_found(chain, reviewer):
    line = chain[0]
    with transaction.atomic():
        add_line(SignOff.Kind.REVOKED, line.subject_type, line.subject_uuid, line.content, reviewer)

    code, problems = verify()

    assert code == BROKEN
    assert words_of(problems) == "No standing signature covers what readers see."


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE wagtailcore_page SET title = 'Other' WHERE slug = 'fewer-relapses'", "not the public ones"),
        ("UPDATE research_articlepage SET summary = 'Other'", "not the public ones"),
        ("UPDATE research_appraisal SET people = 7", "not the public ones"),
        ("UPDATE research_study SET title = 'Other'", "not the public ones"),
        ("UPDATE wagtailcore_page SET live = NOT live WHERE slug = 'fewer-relapses'", "its row says it is not live"),
        ("UPDATE research_publishedarticle SET withdrawn_at = published_at", "readers see nothing"),
    ],
)
def test_rows_that_drifted_from_what_is_public_have_a_code_of_their_own(chain, statement, says):
    in_sql(statement)

    code, problems = verify()

    assert code == DRIFTED
    assert {problem["weight"] for problem in problems} == {"drifted"}
    assert says in words_of(problems)


def test_a_broken_seal_outweighs_a_drifted_row(chain):
    in_sql("UPDATE research_articlepage SET summary = 'Other'")
    in_sql("UPDATE research_publishedarticle SET summary = 'Other'")

    assert verify()[0] == BROKEN


def test_a_line_hash_covers_every_field_but_itself(chain):
    line = chain[0]
    for field in SignOff._meta.concrete_fields:
        if field.attname == "line_hash":
            continue
        given = getattr(line, field.attname)
        setattr(line, field.attname, "other" if not isinstance(given, int) else given + 1)

        assert hash_of(line) != line.line_hash, field.attname
        setattr(line, field.attname, given)
    assert hash_of(line) == line.line_hash


def test_a_line_read_back_has_the_hash_it_was_written_with(chain):
    for line in SignOff.objects.all():
        assert hash_of(line) == line.line_hash


def test_each_line_follows_the_one_before(chain):
    assert [line.previous_hash for line in chain] == ["", *(line.line_hash for line in chain[:-1])]


def test_the_head_reaches_the_audit_log_when_the_signature_is_committed(
    article, caplog, django_capture_on_commit_callbacks
):
    caplog.set_level(logging.INFO, logger="countersign.audit")

    with django_capture_on_commit_callbacks() as waiting:
        line = sign(article)

    assert not any("seal chain head" in message for message in caplog.messages)
    for callback in waiting:
        callback()
    assert [m for m in caplog.messages if "seal chain head" in m] == [
        f"seal chain head {line.line_hash} at line 1 (signed)"
    ]


def test_no_head_is_reported_of_a_signature_that_was_rolled_back(article, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.INFO, logger="countersign.audit")

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        sign(article)
        transaction.set_rollback(True)

    assert not any("seal chain head" in message for message in caplog.messages)
    assert not SignOff.objects.exists()
