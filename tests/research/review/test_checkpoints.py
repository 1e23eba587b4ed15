"""Checkpoints, and an outsider who kept one."""

import base64
import json
import random
import shutil
import subprocess
from argparse import Namespace

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from common.models import OutboxMessage
from common.outbox import deliver_due
from research.models import (
    Checkpoint,
    CheckpointStamp,
    InclusionProof,
    PublishedArticle,
    SealChain,
    SignOff,
    SignOffPersonal,
    TreeTile,
)
from research.newsroom import append_only
from research.review.chain import extend, hash_of
from research.review.transparency import checkpoint_delivery, checkpoints
from research.review.transparency.signed_notes import new_key, read_key
from tests.factories import ArticlePageFactory, sign
from tests.factories.chains import add_lines
from tests.verifier import verifier

pytestmark = pytest.mark.django_db

OLD = 50
ROOT = "/.well-known/countersign/"


@pytest.fixture(autouse=True)
def key(settings):
    settings.CHECKPOINT_KEY = new_key()
    return read_key(settings.CHECKPOINT_ORIGIN, settings.CHECKPOINT_KEY)


def seal():
    return checkpoints.make_due(timezone.now())


class Site(verifier.Source):
    """The site as the outsider's verifier asks it."""

    def __init__(self, client):
        super().__init__("the site")
        self.client = client

    def get(self, name):
        response = self.client.get(ROOT + name)
        if response.status_code != 200:
            raise verifier.CannotCheck(name)
        return response.content.decode()


def notices_rewriting(client, key, note):
    """Tell whether an outsider with an old checkpoint finds that something was rewritten."""
    trusted = [key.verifier]
    site = Site(client)
    try:
        site.compare(verifier.open_note(note, trusted), site.checkpoint("checkpoint", trusted))
    except verifier.NotProven:
        return True
    return False


def test_a_checkpoint_covers_every_line_and_names_the_other_chains(article, reviewer, key):
    line = sign(article, reviewer)

    made = seal()

    assert verifier.open_note(made.note, [key.verifier]).size == made.size == 1
    assert InclusionProof.objects.get().line == line
    contributions = SealChain.objects.get(pk="contributions")
    assert f"\ncontributions {contributions.length} {contributions.head}\n" in made.note


def test_nothing_new_makes_no_checkpoint(article, reviewer):
    sign(article, reviewer)
    seal()

    assert seal() is None
    assert Checkpoint.objects.count() == 1


def test_without_a_key_nothing_is_sealed(article, reviewer, settings):
    settings.CHECKPOINT_KEY = ""
    sign(article, reviewer)

    assert seal() is None


def test_every_line_is_proven_by_the_first_checkpoint_that_covers_it_for_good(client, key):
    for size in (1, 2, 255, 256, 257, 600):
        add_lines(size - SignOff.objects.count())
        seal()

    checked = {sequence: client.get(f"{ROOT}lines/{sequence}").json() for sequence in (1, 2, 3, 255, 256, 257, 600)}

    assert [checked[number]["proof"]["size"] for number in checked] == [1, 2, 255, 255, 256, 257, 600]
    for number, told in checked.items():
        note = verifier.open_note(told["proof"]["checkpoint"], [key.verifier])
        leaf = verifier.sha256(b"\0" + verifier.sha256(told["line"].encode()))
        path = [bytes.fromhex(part) for part in told["proof"]["path"]]
        assert verifier.root_from_inclusion(leaf, number - 1, note.size, path) == note.root
    add_lines(700)
    seal()
    assert {number: client.get(f"{ROOT}lines/{number}").json() for number in checked} == checked


def test_every_checkpoint_is_the_beginning_of_every_later_one(client, key):
    for size in (1, 3, 256, 700):
        add_lines(size - SignOff.objects.count())
        seal()
    site, notes = Site(client), [verifier.open_note(row.note, [key.verifier]) for row in Checkpoint.objects.all()]

    for older in notes:
        for newer in notes:
            if older.size <= newer.size:
                site.compare(older, newer)

    assert client.get(f"{ROOT}consistency/3/1").status_code == 404
    assert client.get(f"{ROOT}consistency/2/700").status_code == 404


def rewrite(changed, tail):
    """Rewrite one line as a superuser with the code and the key would: everything after it and above it follows."""
    append_only.remove(connection)
    lines = list(SignOff.objects.order_by("sequence"))
    line = lines[changed - 1]
    line.digest = f"{random.getrandbits(256):064x}"
    if tail:
        lines = lines[: changed - 1] + lines[changed:]  # the line is left out, and the others move up
    for model in (InclusionProof, Checkpoint, TreeTile, SignOffPersonal, SignOff):
        model.objects.all()._raw_delete("default")
    SealChain.objects.filter(pk="signatures").update(length=0, head="")
    append_only.install(connection)
    for part in (lines[:OLD], lines[OLD:]):  # with checkpoints of the same sizes as before
        extend("signatures", part)
        seal()


def test_an_outsider_notices_every_rewriting_of_what_their_checkpoint_covers(client, key):
    """100 of 100, however consistently rows, chain, head, tiles and checkpoints were rewritten and signed again."""
    add_lines(OLD)
    kept = seal().note
    add_lines(9)
    seal()
    assert not notices_rewriting(client, key, kept)
    chosen = random.Random(9)
    noticed = 0

    for number in range(100):
        saved = transaction.savepoint()
        rewrite(chosen.randint(1, OLD), tail=number % 4 == 0)
        noticed += notices_rewriting(client, key, kept)
        transaction.savepoint_rollback(saved)

    assert noticed == 100


def test_no_checkpoint_is_signed_over_lines_that_were_changed(caplog):
    add_lines(10)
    seal()
    append_only.remove(connection)
    line = SignOff.objects.get(pk=4)
    line.digest = "0" * 64
    line.line_hash = hash_of(line)
    line.save()
    add_lines(1)

    with pytest.raises(checkpoints.Rewritten, match="first 10 lines"):
        seal()

    assert Checkpoint.objects.count() == 1
    assert "no checkpoint was signed" in caplog.text


def test_no_checkpoint_is_signed_over_a_new_line_that_does_not_follow():
    add_lines(3)
    append_only.remove(connection)
    SignOff.objects.filter(pk=2).update(previous_hash="0" * 64)

    with pytest.raises(checkpoints.Rewritten, match="Line 2"):
        seal()


def test_an_outsider_proves_the_words_of_a_page_from_what_they_saved(public_article, client, key, tmp_path, capsys):
    old = seal()
    sign(ArticlePageFactory())
    seal()
    page = PublishedArticle.objects.get(page=public_article)
    saved = {
        "made.json": f"{page.address}made.json",
        "page.html": page.address,
        "site/checkpoint": f"{ROOT}checkpoint",
        "site/consistency-1-2": f"{ROOT}consistency/1/2",
        "old.txt": f"{ROOT}checkpoints/{old.size}",
    }
    (tmp_path / "site").mkdir()
    for name, address in saved.items():
        (tmp_path / name).write_bytes(client.get(address).content)

    def verify(*changed):
        named = [str(tmp_path / "made.json"), "--page", str(tmp_path / "page.html"), "--old", str(tmp_path / "old.txt")]
        return verifier.main([*named, "--from", str(tmp_path / "site"), "--key", key.verifier, *changed])

    assert verify() == 0
    assert capsys.readouterr().out.count("PROVEN") == 4
    html = (tmp_path / "page.html").read_text()
    (tmp_path / "page.html").write_text(html.replace("relapse", "stroke"))
    assert verify() == 1
    assert "do not stand on the page" in capsys.readouterr().out
    (tmp_path / "page.html").write_text(html)
    made = json.loads((tmp_path / "made.json").read_text())
    for forge in (
        lambda told: told["seal"].update(words=told["seal"]["words"].replace("relapse", "stroke")),
        lambda told: told["seal"].update(line=told["seal"]["line"].replace('"reviewer_id":', '"reviewer_id":9')),
        lambda told: told["countersigned"]["openings"]["name"].update(value="Somebody Else"),
        lambda told: told["seal"]["proof"].update(index=1),
    ):
        forged = json.loads(json.dumps(made))
        forge(forged)
        (tmp_path / "made.json").write_text(json.dumps(forged))
        assert verify() == 1


def test_the_proof_of_a_public_article_is_there_after_the_checkpoint_and_never_changes(public_article, client):
    address = f"{PublishedArticle.objects.get().address}made.json"
    assert client.get(address).json()["seal"]["proof"] is None
    seal()
    first = client.get(address).json()["seal"]
    sign(ArticlePageFactory())
    seal()

    assert first["proof"]["size"] == 1
    assert client.get(address).json()["seal"] == first


def test_a_new_key_is_trusted_through_the_checkpoint_that_both_keys_sign(client, key, settings):
    add_lines(2)
    kept = seal().note
    old_key, settings.CHECKPOINT_KEY = settings.CHECKPOINT_KEY, new_key()
    new_words, settings.CHECKPOINT_KEY = settings.CHECKPOINT_KEY, f"{settings.CHECKPOINT_KEY} {old_key}"
    add_lines(3)
    both = seal()
    settings.CHECKPOINT_KEY = new_words
    add_lines(1)
    alone = seal()

    assert (both.note.count("— "), alone.note.count("— ")) == (2, 1)
    with pytest.raises(verifier.NotProven):
        verifier.open_note(alone.note, [key.verifier])
    trusted, site = [key.verifier], Site(client)
    site.compare(verifier.open_note(kept, trusted), site.checkpoint("checkpoint", trusted))
    assert [entry["since"] for entry in client.get(ROOT).json()["keys"]] == [2, 5]


def test_a_key_that_no_trusted_key_named_is_not_trusted(client, key, settings):
    add_lines(2)
    seal()
    settings.CHECKPOINT_KEY = new_key()
    add_lines(1)
    seal()

    with pytest.raises(verifier.NotProven):
        Site(client).checkpoint("checkpoint", [key.verifier])


def test_checkpoints_are_logged_mailed_and_posted(
    settings, caplog, mailoutbox, monkeypatch, django_capture_on_commit_callbacks
):
    caplog.set_level("INFO", logger="countersign.audit")
    settings.CHECKPOINT_MAIL_TO = ["keeper@example.org"]
    settings.CHECKPOINT_POST_TO = ["https://keeper.example/"]
    posted = []
    monkeypatch.setattr(
        checkpoint_delivery.httpx,
        "post",
        lambda address, **sent: posted.append((address, sent["content"])) or _answer(200, address),
    )
    add_lines(2)

    with django_capture_on_commit_callbacks(execute=True):
        made = seal()
    deliver_due(timezone.now())

    assert made.note in caplog.text
    assert made.note in mailoutbox[0].body
    assert posted == [("https://keeper.example/", made.note.encode())]


def _answer(status, address, content=b""):
    return httpx.Response(status, content=content, request=httpx.Request("POST", address))


@pytest.fixture
def authority(tmp_path):
    """A time-stamping authority of our own; returns the folder with its certificate and a function that stamps."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    (tmp_path / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nextendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=one\n"
        f"[one]\nserial={tmp_path}/serial\nsigner_cert={tmp_path}/tsa.pem\nsigner_key={tmp_path}/tsa.key\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\ness_cert_id_alg=sha256\n"
    )
    (tmp_path / "serial").write_text("01\n")

    def openssl(words):
        return subprocess.run(["openssl", *words.split()], cwd=tmp_path, check=True, capture_output=True).stdout

    openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -days 2 -subj /CN=tsa -config tsa.cnf "
        "-extensions ext"
    )

    def stamp(query):
        (tmp_path / "query.tsq").write_bytes(query)
        openssl("ts -reply -config tsa.cnf -queryfile query.tsq -out reply.tsr")
        return (tmp_path / "reply.tsr").read_bytes()

    return Namespace(folder=tmp_path, stamp=stamp, openssl=openssl)


def test_a_checkpoint_is_time_stamped_and_openssl_verifies_the_stamp(authority, client, settings, monkeypatch):
    settings.TIMESTAMP_AUTHORITY = "https://tsa.example/"
    monkeypatch.setattr(
        checkpoint_delivery.httpx,
        "post",
        lambda address, **sent: _answer(200, address, authority.stamp(sent["content"])),
    )
    add_lines(2)
    made = seal()

    deliver_due(timezone.now())

    (authority.folder / "checkpoint.txt").write_bytes(client.get(f"{ROOT}checkpoints/{made.size}").content)
    (authority.folder / "got.tsr").write_bytes(client.get(f"{ROOT}checkpoints/{made.size}.tsr").content)
    authority.openssl("ts -verify -data checkpoint.txt -in got.tsr -CAfile tsa.pem")  # raises where it does not hold


@pytest.mark.parametrize("answer", [b"", b"<html>", bytes.fromhex("30053003020102"), bytes.fromhex("30053003020100")])
def test_an_answer_that_is_no_stamp_of_this_checkpoint_is_not_kept(settings, monkeypatch, answer):
    settings.TIMESTAMP_AUTHORITY = "https://tsa.example/"
    monkeypatch.setattr(checkpoint_delivery.httpx, "post", lambda address, **sent: _answer(200, address, answer))
    add_lines(1)
    seal()

    assert deliver_due(timezone.now()).retried == 1
    assert "NotStamped" in OutboxMessage.objects.get(kind="checkpoint-stamp").last_error
    assert not CheckpointStamp.objects.exists()


def test_the_command_makes_a_key_once_and_seals_with_it(tmp_path, settings, capsys):
    path = tmp_path / "key"
    call_command("checkpoint", new_key=str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(path.read_text())) == 32
    with pytest.raises(CommandError, match="not written"):
        call_command("checkpoint", new_key=str(path))
    settings.CHECKPOINT_KEY, settings.CHECKPOINT_KEY_FILE = "", str(path)
    add_lines(1)
    verifier_key = capsys.readouterr().out.split("\n")[0]

    call_command("checkpoint")

    assert verifier.open_note(capsys.readouterr().out, [verifier_key]).size == 1


def test_a_key_is_not_written_where_it_would_be_backed_up(settings):
    with pytest.raises(CommandError, match="keep the key elsewhere"):
        call_command("checkpoint", new_key=str(settings.DATA_DIR / "key"))


def test_the_well_known_addresses_answer_before_anything_was_sealed(client):
    assert client.get(ROOT).json()["checkpoint"] is None
    for name in ("checkpoint", "checkpoints/1", "checkpoints/1.tsr", "lines/1", "consistency/1/1"):
        assert client.get(ROOT + name).status_code == 404
