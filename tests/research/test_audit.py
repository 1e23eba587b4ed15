import base64
import json
import logging
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from wagtail.models import PageViewRestriction

from research.audit import lists
from research.content.canonical import digest_of
from research.models import (
    ArticlePage,
    Checkpoint,
    Contribution,
    ContributionPersonal,
    Erasure,
    InclusionProof,
    Listing,
    ListingCount,
    PublishedArticle,
    PublishedText,
    PublishedVersion,
    Receipt,
    RelatedArticle,
    RelatedPick,
    Release,
    SealChain,
    SealedContent,
    SignOff,
    SignOffPersonal,
    Study,
    TreeTile,
)
from research.newsroom import append_only
from research.publishing import receipts
from research.publishing.public_row import revoke
from research.record.joining import join
from research.review.chain import add_line, hash_of
from research.review.transparency import merkle
from research.review.transparency.checkpoints import make_due
from research.review.transparency.signed_notes import new_key
from search.models import SearchEntry, TopicPhrase
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    edit,
    editor_user,
    publish,
    sign,
    sign_text_of,
    unpublish,
)
from tests.factories.chains import add_lines

pytestmark = pytest.mark.django_db

ALL_AS_SIGNED, BROKEN, DRIFTED = 0, 1, 3
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture
def chain(public_article, reviewer):
    """Three lines: a public article, a public term and a signature of something else."""
    sign_text_of(GlossaryTermFactory(), reviewer)
    sign(ArticlePageFactory(), reviewer)
    return list(SignOff.objects.all())


@contextmanager
def no_triggers():
    """What a superuser of the database does: take the triggers off, change something, put them on again."""
    append_only.remove(connection)
    yield
    append_only.install(connection)


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

    head = SealChain.objects.get(pk="signatures").head
    assert json.loads(out.getvalue()) == {"head": head, "lines": 3, "problems": []}


def test_a_problem_has_weight_subject_and_words(chain):
    in_sql("UPDATE research_publishedarticle SET title = 'Other'")

    code, problems = verify()

    assert code == BROKEN
    assert {frozenset(problem) for problem in problems} == {frozenset({"weight", "subject", "words"})}
    assert problems[0]["weight"] == "broken"


def test_the_report_for_people_ends_with_a_count(chain):
    out = StringIO()

    call_command("verify_seals", stdout=out)

    assert out.getvalue().strip() == f"3 signatures, head {chain[-1].line_hash}; 0 problems."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("notices_considered", [7]),
        ("reviewer_id", 99),
        ("person_id", 99),
        ("valid_until", timezone.now()),
        ("signed_at", timezone.now()),
        ("kind", "revoked"),
        ("subject_type", "topic"),
        ("commitments", {}),
    ],
)
def test_a_changed_line_is_found(chain, field, value):
    with no_triggers():
        SignOff.objects.filter(sequence=3).update(**{field: value})

    code, problems = verify()

    assert code == BROKEN
    assert {problem["subject"] for problem in problems} == {"sign-off 3"}
    assert "changed after it was written" in words_of(problems)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Somebody Else"),
        ("credentials", "PhD"),
        ("comment", "Looks fine."),
        ("conflict_statement", "None at all."),
        ("answers", [{"question": "Other?", "answer": "Yes"}]),
        ("salt", "0" * 64),
        ("salt", "none"),
        ("salt", ""),
    ],
)
def test_a_personal_part_that_was_changed_is_found(chain, field, value):
    with no_triggers():
        SignOffPersonal.objects.filter(line_id=3).update(**{field: value})

    code, problems = verify()

    assert code == BROKEN
    assert {problem["subject"] for problem in problems} == {"sign-off 3"}


def test_a_personal_part_that_is_gone_is_found(chain):
    with no_triggers():
        SignOffPersonal.objects.filter(line_id=3)._raw_delete("default")

    assert words_of(verify()[1]) == "What is personal about it is gone, and not erased."


def test_signed_words_that_were_changed_are_found(chain):
    with no_triggers():
        SealedContent.objects.filter(pk=chain[2].digest).update(canonical='v1:{"title":"Other"}')

    (problem,) = verify()[1]

    assert problem["subject"] == f"words {chain[2].digest[:12]}"
    assert problem["words"] == "They are not what their digest says."


def test_signed_words_that_are_gone_are_found(chain):
    with no_triggers():
        SealedContent.objects.filter(pk=chain[2].digest)._raw_delete("default")

    assert words_of(verify()[1]) == "The words that it signs are gone."


def test_signed_words_that_were_removed_without_a_record_are_found(chain):
    SealedContent.objects.filter(pk=chain[2].digest).update(canonical="", removed_at=timezone.now())

    assert words_of(verify()[1]) == "They were removed without a record of the removal."


def test_what_was_erased_or_removed_on_the_record_is_no_problem(chain):
    Erasure.objects.create(kind=Erasure.Kind.PERSON, user_id=chain[2].reviewer_id, at=timezone.now())
    Erasure.objects.create(kind=Erasure.Kind.CONTENT, digest=chain[2].digest, at=timezone.now())
    SealedContent.objects.filter(pk=chain[2].digest).update(canonical="", removed_at=timezone.now())
    with no_triggers():
        SignOffPersonal.objects.filter(line_id=3).update(name="", credentials="", salt="")

    assert verify() == (ALL_AS_SIGNED, [])


def test_an_erasure_of_somebody_else_or_of_other_words_excuses_nothing(chain):
    Erasure.objects.create(kind=Erasure.Kind.PERSON, user_id=99, at=timezone.now())
    Erasure.objects.create(kind=Erasure.Kind.CONTENT, digest="0" * 64, at=timezone.now())
    SealedContent.objects.filter(pk=chain[2].digest).update(canonical="", removed_at=timezone.now())
    with no_triggers():
        SignOffPersonal.objects.filter(line_id=3).update(salt="")

    assert {problem["words"] for problem in verify()[1]} == {
        "It was erased without a record of the erasure.",
        "They were removed without a record of the removal.",
    }


def test_a_personal_part_without_a_line_is_found(chain):
    with no_triggers():
        SignOffPersonal.objects.create(line_id=99, salt="0" * 64)

    (problem,) = verify()[1]

    with no_triggers():
        SignOffPersonal.objects.filter(line_id=99)._raw_delete("default")  # the database would refuse it in the end
    assert (problem["subject"], problem["words"]) == ("sign-off 99", "There is a personal part without a line.")


def test_a_line_deleted_from_the_middle_is_found(chain):
    with no_triggers():
        SignOffPersonal.objects.filter(line_id=2)._raw_delete("default")
        SignOff.objects.filter(sequence=2)._raw_delete("default")

    code, problems = verify()

    assert code == BROKEN
    assert "Line 2 of the chain is missing." in words_of(problems)
    assert "does not follow the line before it" in words_of(problems)


def test_a_cut_tail_is_found(chain):
    with no_triggers():
        SignOffPersonal.objects.filter(line_id=3)._raw_delete("default")
        SignOff.objects.filter(sequence=3)._raw_delete("default")

    code, problems = verify()

    assert code == BROKEN
    assert "lines are missing" in words_of(problems)


@pytest.mark.parametrize("name", ["signatures", "contributions", "receipts"])
def test_a_chain_without_its_head_is_found(chain, name):
    SealChain.objects.filter(pk=name).delete()

    assert verify()[0] == BROKEN


def rewrite_chain(changed, **values):
    """Change a line and give it and all that follow new hashes, as a forger with the code would."""
    previous = ""
    with no_triggers():
        for line in SignOff.objects.order_by("sequence"):
            if line.sequence == changed:
                for name, value in values.items():
                    setattr(line, name, value)
            line.previous_hash = previous
            previous = line.line_hash = hash_of(line)
            line.save()
    SealChain.objects.filter(pk="signatures").update(head=previous)


def test_a_chain_rewritten_as_a_whole_is_found_only_with_a_head_kept_elsewhere(chain):
    rewrite_chain(3, reviewer_id=99)

    assert verify()[0] == ALL_AS_SIGNED
    code, problems = verify("--head", chain[-1].line_hash)
    assert code == BROKEN
    assert "is not in the chain" in words_of(problems)


def test_a_head_of_earlier_is_still_in_a_chain_that_grew(chain):
    assert verify("--head", chain[0].line_hash) == (ALL_AS_SIGNED, [])


def test_a_tail_cut_with_its_head_is_found_with_a_head_kept_elsewhere(chain):
    with no_triggers():
        SignOffPersonal.objects.filter(line_id=3)._raw_delete("default")
        SignOff.objects.filter(sequence=3)._raw_delete("default")
    SealChain.objects.filter(pk="signatures").update(length=2, head=chain[1].line_hash)

    assert verify()[0] == ALL_AS_SIGNED
    assert verify("--head", chain[2].line_hash)[0] == BROKEN


@pytest.fixture
def checkpoint(chain, settings, tmp_path):
    """A checkpoint of the chain; returns the file that somebody kept it in."""
    settings.CHECKPOINT_KEY = new_key()
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(make_due(timezone.now()).note)
    return kept


def test_a_checkpoint_kept_elsewhere_fits_a_chain_that_grew(checkpoint, article, reviewer):
    sign(article, reviewer)

    assert verify("--checkpoint", str(checkpoint)) == (ALL_AS_SIGNED, [])


def test_a_chain_of_contributions_rewritten_as_a_whole_is_found_with_a_checkpoint_kept_elsewhere(checkpoint):
    with no_triggers():
        line = Contribution.objects.last()
        line.user_id = 99
        line.line_hash = hash_of(line)
        line.save()
    SealChain.objects.filter(pk="contributions").update(head=line.line_hash)

    code, problems = verify("--checkpoint", str(checkpoint))

    assert code == BROKEN
    assert "The contributions are not the ones it names: lines were rewritten." in words_of(problems)


UNREADABLE, OTHERS = "It cannot be read.", "The first {} signatures are not the ones it covers."
EMPTY_ROOT = base64.b64encode(merkle.EMPTY_ROOT).decode()
HEADS = "The {} are not the ones it names: lines were rewritten."


@pytest.mark.parametrize(
    ("pattern", "instead", "words"),
    [
        (r"\A.*\Z", "countersign", UNREADABLE),
        (r"\A(.*?)\n3\n", r"\1\nmany\n", UNREADABLE),
        (r"\n3\n(.)", r"\n3\n!\1", UNREADABLE),
        (r"\n3\n", r"\n2\n", OTHERS.format(2)),
        (r"\n3\n", r"\n9\n", OTHERS.format(9)),
        (r"\n3\n.*?\n", rf"\n0\n{EMPTY_ROOT}\n", OTHERS.format(0)),
        (r"\n3\n.*?\n", rf"\n3\n{EMPTY_ROOT}\n", OTHERS.format(3)),
        (r"\ncontributions \d+", r"\ncontributions 99", HEADS.format("contributions")),
        (r"\ntime .*?\ncontributions \d+", r"\ncontributions 99", HEADS.format("contributions")),
        (r"\nreceipts (\d+) .*?\n", r"\nreceipts \1 0\n", HEADS.format("receipts")),
        (r"\nreceipts .*?\n", r"\nreceipts many 0\n", HEADS.format("receipts")),
        pytest.param(
            r"(\nreceipts) \d+ (.*?)\n", rf"\1 {'9' * 5000} \2\n", HEADS.format("receipts"), id="a number without end"
        ),
        (r"\nreceipts .*?\n", r"\nreceipts\n", HEADS.format("receipts")),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_a_problem(checkpoint, pattern, instead, words):
    checkpoint.write_text(re.sub(pattern, instead, checkpoint.read_text(), count=1, flags=re.DOTALL))

    code, problems = verify("--checkpoint", str(checkpoint))

    assert code == BROKEN
    assert [(problem["subject"], problem["words"]) for problem in problems] == [
        ("the checkpoint kept elsewhere", words)
    ]


def test_no_checkpoint_is_no_problem(checkpoint):
    checkpoint.write_text("")

    assert verify("--checkpoint", str(checkpoint)) == (ALL_AS_SIGNED, [])


def test_a_checkpoint_of_one_line_and_empty_chains_fits(settings):
    settings.CHECKPOINT_KEY, settings.CHECKPOINT_ORIGIN = new_key(), "receipts"
    add_lines(1)
    make_due(timezone.now())

    assert verify() == (ALL_AS_SIGNED, [])


def test_a_checkpoint_that_cannot_be_read_says_so(chain, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_seals", "--checkpoint", str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (lambda: Checkpoint.objects.update(root="0" * 64), "Its note says something else than its row."),
        (lambda: Checkpoint.objects.update(note="countersign\n"), UNREADABLE),
        (lambda: InclusionProof.objects.filter(pk=2).update(path=["0" * 64]), "It proves nothing: it was changed."),
        (lambda: InclusionProof.objects.filter(pk=2).update(path=[]), "It proves nothing: it was changed."),
    ],
)
def test_a_checkpoint_or_proof_that_was_changed_is_found(checkpoint, tamper, words):
    with no_triggers():
        tamper()

    code, problems = verify()

    assert code == BROKEN
    assert words_of(problems) == words


@pytest.mark.parametrize(("line", "size"), [(0, 3), (4, 3), (2, 99)])
def test_a_proof_of_no_line_that_its_checkpoint_covers_is_found(checkpoint, line, size):
    with no_triggers():
        InclusionProof.objects.filter(pk=2).update(line_id=line, checkpoint_id=size)

    (problem,) = verify()[1]

    with no_triggers():
        InclusionProof.objects.filter(pk=line).update(line_id=2, checkpoint_id=3)  # the database would refuse it
    assert problem["subject"] == f"proof of line {line}"
    assert problem["words"] == "It is of no line that its checkpoint covers."


@pytest.mark.parametrize("changed", [{"root": bytes(32)}, {"hashes": bytes(32 * 256)}])
def test_the_first_tile_of_the_tree_that_was_changed_is_told(settings, changed):
    settings.CHECKPOINT_KEY = new_key()
    add_lines(600)
    make_due(timezone.now())
    TreeTile.objects.filter(index=0).update(id=TreeTile.objects.last().pk + 1)  # as if it had been written later
    assert verify() == (ALL_AS_SIGNED, [])
    TreeTile.objects.update(**changed)

    (problem,) = verify()[1]

    assert problem["subject"] == "tree, level 0, tile 0"
    assert problem["words"] == "It does not follow from the lines."


def in_sql_on_articles(assignment, *values):
    in_sql(f"UPDATE research_publishedarticle SET {assignment}", *values)  # noqa: S608


def replace_picture(article):
    name = PublishedArticle.objects.get().pictures["lead"]["src"]
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"another picture"))


def give_it_the_pictures_of_another(article):
    other = publish(ArticlePageFactory(parent=article.get_parent().specific))
    pictures = PublishedArticle.objects.get(page=other).pictures
    PublishedArticle.objects.filter(page=article).update(pictures=pictures)


def move_to_another_section(article):
    PublishedArticle.objects.filter(page=article).update(section=TopicIndexPageFactory(slug="other"))


def point_to_another_signature(article):
    other = sign(ArticlePageFactory())
    PublishedArticle.objects.filter(page=article).update(sign_off=other)


def point_to_another_study(article):
    PublishedArticle.objects.filter(page=article).update(study=StudyFactory())


def file_under_another_topic(article):
    PublishedArticle.objects.get(page=article).topics.add(TopicFactory())


def change_the_ledgers_receipt(article):
    with no_triggers():
        Release.objects.filter(state="done").update(receipt={"digest": "0" * 64, "sign_off": 1})


def change_a_receipt(article):
    with no_triggers():
        Receipt.objects.filter(article_id=article.pk).update(digest="0" * 64)


def delete_the_receipts(article):
    with no_triggers():
        Receipt.objects.all()._raw_delete("default")
    SealChain.objects.filter(pk="receipts").delete()


def change_a_contribution(article):
    with no_triggers():
        Contribution.objects.filter(sequence=1).update(user_id=99)


def delete_a_contribution(article):
    with no_triggers():
        ContributionPersonal.objects.filter(line_id=1)._raw_delete("default")
        Contribution.objects.filter(sequence=1)._raw_delete("default")


def rename_a_contributor(article):
    with no_triggers():
        ContributionPersonal.objects.filter(line_id=1).update(username="someone")


def drop_a_trigger(article):
    table = "research_signoff"
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    in_sql(f"DROP TRIGGER {table}_no_delete{on_table}")


def delete_the_row(article):
    row = PublishedArticle.objects.get(page=article)
    row.topics.clear()
    row.listings.all().delete()
    row.credits.all().delete()
    SearchEntry.objects.filter(article=row.pk).delete()
    delete_versions(article)
    PublishedArticle.objects.filter(pk=row.pk)._raw_delete("default")


SEARCHED = "heading = 'cure'::tsvector" if connection.vendor == "postgresql" else "title = 'cure'"


def list_what_was_taken_down(article):
    row = PublishedArticle.objects.get()
    unpublish(article)
    Listing.objects.create(article=row, published_at=row.published_at, until=row.offered_until())
    ListingCount.objects.filter(section=None).update(articles=1)


def offer_it_beside_itself(article):
    row = PublishedArticle.objects.get()
    RelatedArticle.objects.create(article=row, other=row, position=9)


def find_what_was_taken_down(article):
    entry = SearchEntry.objects.get()
    unpublish(article)
    entry.save(force_insert=True)


def delete_versions(article):
    with no_triggers():
        PublishedVersion.objects.filter(article__page=article)._raw_delete("default")


def bring_back_what_was_taken_down(article):
    unpublish(article)
    in_sql_on_articles("withdrawn_at = NULL")


def offer_words_that_were_never_released(article):
    row, line = PublishedArticle.objects.get(page=article), sign(ArticlePageFactory())
    PublishedVersion.objects.create(
        article=row, number=2, digest=line.digest, sign_off=line, published_at=LONG_AGO, replaced_at=LONG_AGO
    )


def swap_the_words_of_a_version(article):
    with no_triggers():
        PublishedVersion.objects.update(digest=sign(ArticlePageFactory()).digest)


TAMPERINGS = {
    "version_made_up": offer_words_that_were_never_released,
    "version_swapped": swap_the_words_of_a_version,
    "version_gone": lambda article: delete_versions(article),
    "signature": point_to_another_signature,
    "authors": lambda article: in_sql_on_articles("authors = %s", '["Somebody Else"]'),
    "published_at": lambda article: in_sql_on_articles("published_at = %s", LONG_AGO),
    "updated_at": lambda article: in_sql_on_articles("updated_at = %s", LONG_AGO),
    "reviewed_at": lambda article: in_sql_on_articles("reviewed_at = %s", LONG_AGO),
    "review_due_at": lambda article: in_sql_on_articles("review_due_at = %s", timezone.now() + timedelta(days=9999)),
    "listable_until": lambda article: in_sql_on_articles("listable_until = %s", LONG_AGO),
    "expires_at": lambda article: in_sql_on_articles("expires_at = %s", timezone.now() + timedelta(days=1)),
    "pictures": give_it_the_pictures_of_another,
    "picture_file": replace_picture,
    "picture_gone": lambda article: default_storage.delete(PublishedArticle.objects.get().pictures["lead"]["src"]),
    "address": lambda article: in_sql_on_articles("address = '/ms/elsewhere/'"),
    "section": move_to_another_section,
    "restricted": lambda article: in_sql_on_articles("restricted = %s", True),
    "study": point_to_another_study,
    "topics": file_under_another_topic,
    "topics_text": lambda article: in_sql_on_articles("topics_text = 'cure'"),
    "related": lambda article: in_sql_on_articles("related_ids = '[1]'"),
    "subject": lambda article: in_sql_on_articles("subject_uuid = %s", uuid4().hex),
    "taken_down": lambda article: in_sql_on_articles("withdrawn_at = published_at"),
    "brought_back": bring_back_what_was_taken_down,
    "row_gone": delete_the_row,
    "ledger_receipt": change_the_ledgers_receipt,
    "receipt": change_a_receipt,
    "receipts_gone": delete_the_receipts,
    "contribution": change_a_contribution,
    "contribution_gone": delete_a_contribution,
    "contributor": rename_a_contributor,
    "trigger": drop_a_trigger,
    "lists": lambda article: in_sql("DELETE FROM research_listing"),
    "list_date": lambda article: in_sql("UPDATE research_listing SET published_at = %s", LONG_AGO),
    "list_of_what_is_gone": list_what_was_taken_down,
    "count": lambda article: in_sql("UPDATE research_listingcount SET articles = articles + 1"),
    "count_gone": lambda article: in_sql("DELETE FROM research_listingcount"),
    "beside_itself": offer_it_beside_itself,
    "search_entry": lambda article: in_sql("UPDATE search_searchentry SET marks = 'case_report|people|5|1900'"),
    "search_date": lambda article: in_sql("UPDATE search_searchentry SET published_at = %s", LONG_AGO),
    "search_gone": lambda article: in_sql("DELETE FROM search_searchentry"),
    "search_words": lambda article: in_sql(f"UPDATE search_words SET {SEARCHED}"),  # noqa: S608
    "search_words_gone": lambda article: in_sql("DELETE FROM search_words"),
    "search_of_what_is_gone": find_what_was_taken_down,
    "topic_name": lambda article: TopicPhrase.objects.create(topic=TopicFactory(), typed="cure", phrase="cure"),
    "text_line": lambda article: PublishedText.objects.update(sign_off_sequence=1),
    "text_date": lambda article: PublishedText.objects.update(signed_at=LONG_AGO),
    "text_kind": lambda article: PublishedText.objects.update(subject_type="topic"),
}


# What the audit says of each, whatever the picture's file is called.
LISTS = "It stands in other lists than it should."
COUNTED = "Search counts it otherwise than it is."
FOUND_BY = "Search finds it by other words than it has."
LISTED = "Lists have it, and may not offer it."
FOUND = "Search finds it, and nobody may read it."
NUMBER = "It has another number of articles than it says."
LINE = "When it was signed, or what it is, is not what its line says."
UNRELEASED = "The newsroom never released version 1."
UNSIGNED = "Version 1 is none that its signature covers."
NO_VERSION = "Words that were public are no version of it."
LAST = "Its last version is not what it says."
UNLISTED = "The picture file … is none that its signature lists."
REWRITTEN = "It was changed after it was written."
NEVER_GIVEN = "Readers were never given what its receipt names."
NOT_PUBLIC = "The row says live; readers see nothing of it."
ELSEWHERE = "Readers find it in another place than the article stands."
CHANGED = "Changed since it was released, and not by the newsroom: "
TOLD = {
    "version_made_up": {"The newsroom never released version 2.", "Version 2 is none that its signature covers.", LAST},
    "version_swapped": {UNRELEASED, UNSIGNED, NO_VERSION, LAST},
    "version_gone": {NO_VERSION},
    "signature": {"It points to line 4, which signs something else.", UNLISTED, f"{CHANGED}sign_off_id."},
    "authors": {"Readers see another byline than the article has."},
    "published_at": {f"{CHANGED}published_at.", LISTS, COUNTED},
    "updated_at": {f"{CHANGED}updated_at."},
    "reviewed_at": {f"{CHANGED}reviewed_at."},
    "review_due_at": {f"{CHANGED}review_due_at."},
    "listable_until": {f"{CHANGED}listable_until.", LISTED},
    "expires_at": {f"{CHANGED}expires_at.", LISTS, COUNTED},
    "pictures": {UNLISTED, f"{CHANGED}pictures."},
    "picture_file": {"The picture file … is not the one that was released."},
    "picture_gone": {"The picture file … is missing."},
    "address": {f"{CHANGED}address.", ELSEWHERE},
    "section": {f"{CHANGED}section_id.", LISTS, ELSEWHERE},
    "restricted": {f"{CHANGED}restricted.", "Others may read it than may read the article.", LISTED, FOUND},
    "study": {f"{CHANGED}study_id."},
    "topics": {"Readers find it under other topics than the article has.", LISTS, COUNTED},
    "topics_text": {f"{CHANGED}topics_text.", COUNTED, FOUND_BY},
    "related": {f"{CHANGED}related_ids."},
    "subject": {"No standing signature covers what readers see.", f"{CHANGED}subject_uuid.", UNSIGNED},
    "taken_down": {f"{CHANGED}withdrawn_at.", NOT_PUBLIC, LISTED, FOUND},
    "brought_back": {
        f"{CHANGED}withdrawn_at.",
        "Public, although its row says it is not live.",
        LISTS,
        COUNTED,
        FOUND_BY,
    },
    "row_gone": {"Readers were given it, and its row is gone.", NOT_PUBLIC, NUMBER},
    "ledger_receipt": {"Its receipt names a signature of other words."},
    "receipt": {REWRITTEN, NEVER_GIVEN, UNRELEASED, NO_VERSION},
    "receipts_gone": {NEVER_GIVEN, "It has no receipt: the newsroom never released it.", UNRELEASED},
    "contribution": {REWRITTEN},
    "contribution_gone": {"The head on record is not the last line: lines are missing."},
    "contributor": {"What is personal about it was changed after it was written."},
    "trigger": {"This trigger is missing or changed: lines could be rewritten. Run manage.py migrate to put it back."},
    "lists": {LISTS, NUMBER},
    "list_date": {LISTS},
    "list_of_what_is_gone": {LISTED},
    "count": {NUMBER},
    "count_gone": {"Nobody counted it."},
    "beside_itself": {"It offers itself, too many others, or others before the editors’ picks."},
    "search_entry": {COUNTED},
    "search_date": {COUNTED},
    "search_gone": {COUNTED},
    "search_words": {FOUND_BY},
    "search_words_gone": {FOUND_BY},
    "search_of_what_is_gone": {FOUND},
    "topic_name": {"Search knows it by other names than it has."},
    "text_line": {"It points to line 1, which signs something else.", LINE},
    "text_date": {LINE},
    "text_kind": {LINE},
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_change_of_what_stands_beside_the_words_is_found_and_called_what_it_is(chain, public_article, what):
    assert verify() == (ALL_AS_SIGNED, [])
    TAMPERINGS[what](public_article)

    code, problems = verify()

    assert code != ALL_AS_SIGNED
    assert {re.sub(r"picture file \S+", "picture file …", problem["words"]) for problem in problems} == TOLD[what]


@pytest.mark.parametrize(
    "values",
    [
        {"receipt": {"digest": "0" * 64, "sign_off": 1}},
        {"receipt": {}},
        {"digest": "0" * 64},
    ],
)
def test_a_release_whose_receipt_names_other_words_is_found(chain, values):
    with no_triggers():
        Release.objects.update(**values)

    assert words_of(verify()[1]) == "Its receipt names a signature of other words."


def test_a_release_whose_receipt_names_the_signature_of_something_else_is_found(chain):
    release = Release.objects.get()
    with no_triggers():
        Release.objects.update(receipt={**release.receipt, "sign_off": 2})

    assert words_of(verify()[1]) == "Its receipt names a signature of other words."


def test_a_release_of_whatever_words_were_signed_or_not_done_has_no_problem(chain, public_article):
    with no_triggers():
        Release.objects.update(digest="")
    for kind, state in (("publish", "planned"), ("unpublish", "done")):
        Release.objects.create(
            article=public_article, kind=kind, state=state, digest="0" * 64, due_at=timezone.now() + timedelta(days=1)
        )

    assert verify() == (ALL_AS_SIGNED, [])


def test_an_article_whose_row_is_gone_is_told_once(public_article):
    edit_and_publish(public_article)
    delete_the_row(public_article)

    gone = [problem["subject"] for problem in verify()[1] if problem["words"].endswith("its row is gone.")]

    assert gone == [f"page {public_article.pk}"]


def earlier_words(row, reviewer):
    """Return the line that signed what the article said before."""
    edit_and_publish(ArticlePage.objects.get(pk=row.page_id))
    return row.sign_off


def withdrawn_signature(row, reviewer):
    """Return a line that takes a signature of the same words back, before they were signed again."""
    line = add_line(SignOff.Kind.REVOKED, "article", row.subject_uuid, row.content, reviewer)
    add_line(SignOff.Kind.SIGNED, "article", row.subject_uuid, row.content, reviewer)
    return line


def same_words_elsewhere(row, reviewer):
    """Return a line that signs the same words of another article."""
    return add_line(SignOff.Kind.SIGNED, "article", uuid4(), row.content, reviewer)


@pytest.mark.parametrize("other", [earlier_words, withdrawn_signature, same_words_elsewhere])
def test_a_row_that_points_to_another_signature_is_found(public_article, reviewer, other):
    line = other(PublishedArticle.objects.get(), reviewer)
    PublishedArticle.objects.update(sign_off=line)

    assert f"It points to line {line.sequence}, which signs something else." in words_of(verify()[1])


def test_a_shared_text_that_points_to_no_line_is_found(chain):
    PublishedText.objects.update(sign_off_sequence=99)

    assert words_of(verify()[1]) == "It points to line 99, which signs something else."


def test_every_picture_file_is_looked_at(public_article):
    lead = PublishedArticle.objects.get().pictures["lead"]
    other = lead["sources"][-1]["files"][-1][0]
    default_storage.delete(lead["src"])
    default_storage.delete(other)
    default_storage.save(other, ContentFile(b"another picture"))

    told = [problem["words"] for problem in verify()[1]]

    assert told == [
        f"The picture file {lead['src']} is missing.",
        f"The picture file {other} is not the one that was released.",
    ]


def test_every_live_row_is_looked_at(section):
    for slug in ("one", "two"):
        publish(ArticlePageFactory(parent=section, slug=slug))
    in_sql("UPDATE research_articlepage SET summary = 'Other'")
    for slug in ("one", "two"):
        in_sql_on_articles("withdrawn_at = CASE WHEN address LIKE %s THEN published_at END", f"%/{slug}/")

        told = words_of(verify()[1])

        assert NOT_PUBLIC in told
        assert "The row's words are not the public ones; readers see the signed ones." in told


@pytest.mark.parametrize(
    "way",
    [
        lambda page: unpublish(page),
        lambda page: unpublish_and_move(page),
        lambda page: edit_and_publish(page),
        lambda page: revoke(SignOff.objects.first(), editor_user(), "A number is wrong."),
        lambda page: StudyNoticeFactory(study=page.study, kind="retraction"),
        lambda page: StudyNoticeFactory(study=page.study, kind="withdrawal"),
        lambda page: StudyNoticeFactory(study=page.study, kind="removal"),
        lambda page: reinstate(StudyNoticeFactory(study=page.study, kind="retraction")),
        lambda page: retract_what_is_down(page),
        lambda page: join_to_a_retracted_study(page),
        lambda page: PageViewRestriction.objects.create(page=page, restriction_type="login"),
    ],
)
def test_what_the_newsroom_does_itself_is_no_problem(public_article, way):
    way(ArticlePage.objects.get(pk=public_article.pk))

    assert [problem for problem in verify()[1] if problem["weight"] == "broken"] == []


def unpublish_and_move(page):
    unpublish(page)
    ArticlePage.objects.get(pk=page.pk).move(TopicIndexPageFactory(slug="other"), pos="last-child")


def reinstate(notice):
    StudyNoticeFactory(study=notice.study, kind="reinstatement", date=notice.date)


def retract_what_is_down(page):
    unpublish(page)
    StudyNoticeFactory(study=page.study, kind="retraction")


def join_to_a_retracted_study(page):
    Study.objects.filter(pk=page.study_id).update(pmid=None)
    other = StudyNoticeFactory(study=StudyFactory(doi=None, pmid="7"), kind="retraction").study
    join(Study.objects.get(pk=page.study_id), other, editor_user(), "They are one.", timezone.now())


def edit_and_publish(page):
    edit(page, summary="Other words of the summary.")
    publish(page)


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


@pytest.mark.parametrize("unreadable", ["", "v1:{", "v9:{}"])
def test_cards_of_content_that_cannot_be_read_are_not_as_signed(chain, unreadable):
    in_sql_on_articles("content = %s", unreadable)

    code, problems = verify()

    assert code == BROKEN
    assert "What cards and search show is not what was signed." in words_of(problems)


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
    line = SignOff.objects.get(pk=3)
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


@pytest.fixture
def three(section):
    """Three public articles, of which the first has the last as its editors' pick."""
    pages = [publish(ArticlePageFactory(parent=section, slug=f"number-{number}")) for number in range(3)]
    first = edit(pages[0], related_picks=[RelatedPick(article=pages[2])])
    publish(first)
    first, second, third = PublishedArticle.objects.order_by("pk")
    RelatedArticle.objects.filter(article=first).delete()
    return first, second, third


@pytest.mark.parametrize(
    ("order", "code"), [((2, 1), ALL_AS_SIGNED), ((2,), ALL_AS_SIGNED), ((1,), ALL_AS_SIGNED), ((1, 2), DRIFTED)]
)
def test_editors_picks_come_first(three, order, code):
    for position, number in enumerate(order):
        RelatedArticle.objects.create(article=three[0], other=three[number], position=position)

    assert verify()[0] == code


@pytest.mark.parametrize(("most", "code"), [(1, DRIFTED), (2, ALL_AS_SIGNED)])
def test_no_page_offers_more_than_its_number(three, monkeypatch, most, code):
    monkeypatch.setattr(lists, "RELATED", most)
    for position, number in enumerate((2, 1)):
        RelatedArticle.objects.create(article=three[0], other=three[number], position=position)

    assert verify()[0] == code


def test_what_time_took_out_of_a_list_waits_for_the_runner_and_is_no_problem(public_article):
    PublishedArticle.objects.update(listable_until=LONG_AGO)
    receipts.note(public_article.pk)
    Listing.objects.update(until=LONG_AGO)

    assert verify() == (ALL_AS_SIGNED, [])


@pytest.mark.parametrize(("number", "code"), [(0, ALL_AS_SIGNED), (1, DRIFTED)])
def test_a_list_that_nothing_stands_in_has_no_articles(section, number, code):
    ListingCount.objects.create(section=section, topic=TopicFactory(), articles=number, until=timezone.now())

    assert verify()[0] == code
