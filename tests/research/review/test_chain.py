"""The guard accepts only lines that hold; many sign at once, and are killed in the middle."""

import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import serializers
from django.utils import timezone

from research.content.canonical import digest_of
from research.models import ArticlePage, PublishedArticle, PublishedText, SealChain, SealedContent, SignOff
from research.newsroom.commitments import commit, commitments, new_salt, opening
from research.review.chain import add_line, flaws, hash_of, holds, standing_line
from research.review.guard import NotPermitted, permit
from research.review.signing import content_to_sign
from tests.factories import ArticlePageFactory, sign
from tests.factories.chains import add_lines
from tests.processes import own_database, run, start

pytestmark = pytest.mark.django_db

VENDORS = pytest.mark.parametrize("vendor", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])


def load(*rows):
    """Save rows as a fixture brings them."""
    for found in serializers.deserialize("json", serializers.serialize("json", rows)):
        found.save()


def forged_line(article, **values):
    """Return a signature of an article's words that nobody made."""
    content = content_to_sign(article)
    line = SignOff(
        sequence=SignOff.objects.count() + 1,
        kind="signed",
        subject_type="article",
        subject_uuid=article.subject_uuid,
        digest=content.digest,
        reviewer_id=1,
        signed_at=timezone.now(),
        valid_until=timezone.now() + timedelta(days=300),
        previous_hash=SignOff.objects.last().line_hash if SignOff.objects.exists() else "",
    )
    line.line_hash = hash_of(line)
    for name, value in values.items():
        setattr(line, name, value)
    return line, SealedContent(digest=content.digest, canonical=content.canonical)


@pytest.mark.parametrize(
    "values",
    [{"line_hash": "z"}, {"previous_hash": "z"}, {}, {"sequence": 0}, {"sequence": 99}],
    ids=["hash z", "place", "right but not in the chain", "before the first", "far behind"],
)
def test_a_line_that_a_fixture_brings_makes_nothing_public(article, values):
    sign(ArticlePageFactory())
    load(*reversed(forged_line(article, **values)))

    with pytest.raises(NotPermitted):
        permit(ArticlePage.objects.get(pk=article.pk))
    page = ArticlePage.objects.get(pk=article.pk)
    page.live = True
    with pytest.raises(NotPermitted):
        page.save()
    with pytest.raises(NotPermitted):
        load(
            PublishedText(
                subject_uuid=article.subject_uuid,
                subject_type="term",
                digest=digest_of("v1:{}"),
                values={},
                sign_off_sequence=2,
                signed_at=timezone.now(),
            )
        )
    assert not PublishedArticle.objects.exists()


def test_a_head_that_a_fixture_brings_along_does_not_help_a_line_with_a_wrong_hash(article):
    line, content = forged_line(article, line_hash="z")
    load(content, line, SealChain(name="signatures", length=1, head="z"))

    assert standing_line(article.subject_uuid, line.digest) is None


def test_a_line_whose_neighbour_was_changed_does_not_hold(article):
    first, line = sign(ArticlePageFactory()), sign(article)
    assert holds(line)
    assert holds(first)
    line.previous_hash = "0" * 64

    assert flaws(line) == ["It was changed after it was written.", "It does not follow the line before it."]


def test_what_was_dumped_and_loaded_elsewhere_still_holds(public_article):
    line = SignOff.objects.get()
    rows = [*SealedContent.objects.all(), line, line.personal, *SealChain.objects.all()]
    loaded = [found.object for found in serializers.deserialize("json", serializers.serialize("json", rows))]

    assert hash_of(loaded[1]) == line.line_hash


def test_a_commitment_is_opened_by_its_own_salt_and_tells_nothing_without():
    salt = new_salt()
    made = commitments(salt, {"name": "Ines", "comment": ""})

    assert made["name"] == commit("name", "Ines", opening(salt, "name"))
    assert made["name"] != commit("name", "Ines", opening(new_salt(), "name"))
    assert made["comment"] != commit("comment", "", opening(salt, "name"))
    assert commitments(new_salt(), {"comment": ""}) != commitments(new_salt(), {"comment": ""})


def test_a_line_holds_no_name_and_no_words(public_article, reviewer):
    line = SignOff.objects.get()
    text = " ".join(str(getattr(line, field.attname)) for field in line._meta.concrete_fields)

    assert reviewer.person.name not in text
    assert reviewer.username not in text
    assert "relapse" not in text


def test_the_same_words_signed_twice_are_kept_once(article, reviewer):
    first, second = sign(article, reviewer), sign(article, reviewer)

    assert first.digest == second.digest
    assert SealedContent.objects.count() == 1


def test_reading_lines_brings_their_personal_parts_along(article, django_assert_num_queries):
    add_lines(20)

    with django_assert_num_queries(1):
        assert len({str(line) for line in SignOff.objects.all()}) == 20


def test_the_guard_costs_two_more_statements_however_long_the_chain(article, django_assert_max_num_queries):
    add_lines(300)
    line = sign(article)
    add_lines(300)
    line = SignOff.objects.get(pk=line.pk)

    with django_assert_max_num_queries(3):
        assert holds(line)


def test_a_line_signed_by_a_clock_in_another_zone_reads_back_the_same(article, reviewer):
    now = timezone.localtime(timezone.now())

    line = add_line("signed", "article", uuid4(), "v1:{}", reviewer, now=now)

    assert holds(SignOff.objects.get(pk=line.pk))


SETUP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""

SIGN = """
import threading, uuid
from django.db import connection
from common.models import User
from research.audit.chains import check
from research.models import Contribution, SealChain, SignOff
from research.review import contributions
from research.review.chain import add_line
user = User.objects.get_or_create(username="r")[0]
errors = []
def sign(count):
    try:
        for number in range(count):
            add_line("signed", "article", uuid.uuid4(), 'v1:{{"title":"%s"}}' % uuid.uuid4(), user)
            contributions.record_all([uuid.uuid4(), uuid.uuid4()], user)
            print(number, flush=True)
    except Exception as error:
        errors.append(error)
    finally:
        connection.close()
threads = [threading.Thread(target=sign, args=({count},)) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not errors, errors
"""

COUNT = """
from research.audit.chains import check
from research.models import Contribution, SignOff
print(SignOff.objects.count(), Contribution.objects.count(), len(list(check(""))))
"""


@VENDORS
def test_eight_threads_sign_at_once_and_the_chains_are_whole(tmp_path, vendor, migrated):
    with own_database(vendor, tmp_path, migrated) as address:
        run(SETUP + SIGN.format(count=12), address)

        assert run(COUNT, address).split() == ["96", "192", "0"]


@VENDORS
def test_signers_are_killed_in_the_middle_and_the_chains_are_whole(tmp_path, vendor, migrated):
    with own_database(vendor, tmp_path, migrated) as address:
        run(SETUP, address)
        acknowledged = 0
        for _ in range(3):
            process = start(SIGN.format(count=10_000), address)
            for _ in range(20):
                process.stdout.readline()
                acknowledged += 1
            time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        run(SIGN.format(count=1), address)
        signatures, contributions, problems = map(int, run(COUNT, address).split())

    assert problems == 0
    assert signatures >= acknowledged + 8
    assert contributions % 2 == 0
