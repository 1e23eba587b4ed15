"""Shared texts: signed as they were read, shown as and where they were signed, kept, and revoked."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.outbox import deliver_due
from research.models import (
    ArticlePage,
    Correction,
    Explainer,
    NoticeWording,
    PublishedArticle,
    PublishedText,
    SignableText,
    SignOff,
    Topic,
)
from research.publishing.public_row import revoke
from research.review import signing
from tests.factories import (
    NO_STAKE,
    ArticlePageFactory,
    ExplainerFactory,
    GlossaryTermFactory,
    PageTextFactory,
    TopicFactory,
    TopicIndexPageFactory,
    admin_user,
    correct,
    edit,
    editor_user,
    publish,
    reviewer_user,
    sign,
    sign_text_of,
    unpublish,
    writer_user,
)

pytestmark = pytest.mark.django_db

ROLES = {"writer": writer_user, "reviewer": reviewer_user, "editor": editor_user, "admin": admin_user}
ADDRESS = "/ms/fewer-relapses/"


def notice_wording():
    return NoticeWording.objects.create(name="Being checked", heading="Being checked", text="<p>First words.</p>")


def correction():
    article = publish(ArticlePageFactory(title="Corrected", slug="corrected"))
    return Correction.objects.create(article=article, date=date(2026, 3, 2), text="<p>First words.</p>")


# A text of each kind, and the field that a writer rewrites.
KINDS = {
    "topic": (lambda: TopicFactory(name="Microglia", definition="First words."), "definition"),
    "term": (lambda: GlossaryTermFactory(plain_words="First words."), "plain_words"),
    "explainer": (lambda: ExplainerFactory(body="<p>First words.</p>"), "body"),
    "page_text": (lambda: PageTextFactory(page__slug="with-a-text", text="<p>First words.</p>"), "text"),
    "correction": (correction, "text"),
    "notice": (notice_wording, "text"),
}


@pytest.fixture(params=list(KINDS))
def kind(request):
    """A kind of shared text, each in turn."""
    return request.param


@pytest.fixture
def text(kind):
    """A text of the kind, not signed."""
    return KINDS[kind][0]()


def rewrite(text, words="Other words."):
    type(text).objects.filter(pk=text.pk).update(**{KINDS[text.subject_type][1]: words})
    text.refresh_from_db()


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def sign_url(text):
    return reverse("research_sign_text", args=[text.subject_type, text.pk])


def list_url(text, view, *args):
    return reverse(f"research_{text._meta.model_name}_modeladmin_{view}", args=args)


def shown_digest(response):
    """Return the digest in the form of a screen."""
    return BeautifulSoup(response.content, "html.parser").find("input", {"name": "digest"})["value"]


def words_of(response):
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def read(address):
    """Return what a reader is shown; "" where nothing is."""
    response = Client().get(address)
    return words_of(response) if response.status_code == 200 else ""


def is_refused(response):
    """True where the admin turned the user away."""
    return response.status_code == 403 or (response.status_code == 302 and response.url == "/admin/")


# What was read is what is signed.


def test_the_screen_signs_the_words_that_it_showed(text, reviewer):
    browser = signed_in(reviewer)

    digest = shown_digest(browser.get(sign_url(text)))
    browser.post(sign_url(text), {"stake": "none", "digest": digest})

    assert PublishedText.objects.get(subject_uuid=text.subject_uuid).digest == digest


def test_words_that_changed_after_they_were_read_are_not_signed(text, reviewer):
    browser = signed_in(reviewer)
    digest = shown_digest(browser.get(sign_url(text)))
    rewrite(text)

    response = browser.post(sign_url(text), {"stake": "none", "digest": digest}, follow=True)

    assert not SignOff.objects.filter(subject_uuid=text.subject_uuid).exists()
    assert "Read them again before you sign." in words_of(response)
    assert "Other words." in words_of(response)
    assert shown_digest(response) != digest


@pytest.mark.parametrize("posted", [{}, {"digest": ""}, {"digest": "0" * 64}])
def test_a_post_that_does_not_say_which_words_signs_nothing(text, reviewer, posted):
    signed_in(reviewer).post(sign_url(text), {"stake": "none", **posted})

    assert not PublishedText.objects.filter(subject_uuid=text.subject_uuid).exists()


def test_words_in_memory_that_are_not_those_on_record_are_not_signed(text, reviewer):
    type(text).objects.filter(pk=text.pk).update(**{KINDS[text.subject_type][1]: "Other words."})

    with pytest.raises(signing.WordsChanged, match="Read them again"):
        signing.sign_text(text, reviewer, conflict_statement=NO_STAKE)


@pytest.mark.parametrize(("role", "allowed"), [("writer", False), ("reviewer", True), ("editor", False)])
def test_who_signs_a_shared_text_on_its_screen(text, role, allowed):
    digest = signing.digest_of(signing.canonical_text(text))

    signed_in(ROLES[role]()).post(sign_url(text), {"stake": "none", "digest": digest})

    assert PublishedText.objects.filter(subject_uuid=text.subject_uuid).exists() == allowed


# Topics: what is said of them is signed, for the name they have.


@pytest.fixture
def topic(section):
    """A topic whose words are signed, with an article."""
    topic = TopicFactory(name="Microglia", definition="Immune cells.", synonyms="brain macrophages")
    publish(ArticlePageFactory(parent=section, topics=[topic]))
    sign_text_of(topic)
    return topic


def topic_form(topic, **changes):
    values = {name: getattr(topic, name) for name in ("name", "slug", "definition", "synonyms")}
    return values | {"mesh_ui": "", "parents": []} | changes


def save_topic(user, topic, **changes):
    return signed_in(user).post(list_url(topic, "edit", topic.pk), topic_form(topic, **changes))


def test_other_names_of_a_topic_are_shown_once_they_are_signed(topic, writer, reviewer):
    save_topic(writer, topic, synonyms="brain macrophages\ncells that zorbulin heals")
    before = read("/ms/topics/microglia/")
    topic.refresh_from_db()
    sign_text_of(topic, reviewer)

    after = read("/ms/topics/microglia/")

    assert "Also called brain macrophages" in before
    assert "zorbulin" not in before
    assert "Also called brain macrophages, cells that zorbulin heals" in after


def test_other_names_of_a_topic_that_nobody_signed_are_not_shown(section):
    publish(ArticlePageFactory(parent=section, topics=[TopicFactory(name="Axons", synonyms="zorbulin fibres")]))

    page = read("/ms/topics/axons/")

    assert "Axons" in page
    assert "Also called" not in page
    assert "zorbulin" not in page


def test_markup_in_other_names_is_shown_as_words(section):
    topic = TopicFactory(name="Axons", definition="Wires.", synonyms="B & T <script>x</script>cells")
    sign_text_of(topic)

    html = Client().get("/ms/topics/axons/").content.decode()

    assert "B &amp; T cells" in html


def test_a_definition_is_shown_only_under_the_name_it_was_signed_with(topic, editor, reviewer):
    save_topic(editor, topic, name="Astrocytes", confirm_rename="on")
    renamed = read("/ms/topics/microglia/")
    screen = words_of(signed_in(reviewer).get(sign_url(topic)))
    topic.refresh_from_db()
    sign_text_of(topic, reviewer)

    signed_again = read("/ms/topics/microglia/")

    assert "Astrocytes" in renamed
    assert "Immune cells." not in renamed
    assert "Also called" not in renamed
    assert "Renamed since" in screen
    assert "Immune cells." in signed_again


def with_an_article(section):
    topic = TopicFactory(name="Microglia")
    publish(ArticlePageFactory(parent=section, topics=[topic]))
    return topic


def with_signed_words(section):
    topic = TopicFactory(name="Microglia", definition="Immune cells.")
    sign_text_of(topic)
    return topic


PUBLIC_TOPICS = [with_an_article, with_signed_words]


@pytest.mark.parametrize("make", PUBLIC_TOPICS)
@pytest.mark.parametrize(("role", "allowed"), [("writer", False), ("editor", True), ("admin", True)])
def test_who_renames_a_public_topic(section, make, role, allowed):
    topic = make(section)

    response = save_topic(ROLES[role](), topic, name="Zorbulin heals", confirm_rename="on")

    assert Topic.objects.filter(name="Zorbulin heals").exists() == allowed
    assert ("An editor can change it." in words_of(response)) != allowed


@pytest.mark.parametrize("make", PUBLIC_TOPICS)
def test_an_editor_says_twice_that_a_public_topic_is_renamed(section, make, editor):
    topic = make(section)

    response = save_topic(editor, topic, name="Zorbulin heals")

    assert "Readers know it as “Microglia”. Tick this to rename it everywhere." in words_of(response)
    assert Topic.objects.get().name == "Microglia"


@pytest.mark.parametrize("make", PUBLIC_TOPICS)
@pytest.mark.parametrize("role", ["writer", "editor", "admin"])
@pytest.mark.parametrize("slug", ["other", ""])
def test_nobody_changes_the_address_of_a_public_topic_unasked(section, make, role, slug):
    topic = make(section)
    Topic.objects.filter(pk=topic.pk).update(slug="brain-cells")

    response = save_topic(ROLES[role](), topic, slug=slug)

    assert Topic.objects.get().slug == "brain-cells"
    told = "An editor can change it." if role == "writer" else "Tick this to rename it everywhere."
    assert told in words_of(response)


def test_a_writer_edits_the_definition_and_other_names_of_a_public_topic(topic, writer):
    save_topic(writer, topic, definition="Rewritten.", synonyms="a\nb")

    topic.refresh_from_db()
    assert (topic.definition, topic.all_names()) == ("Rewritten.", ["Microglia", "a", "b"])
    assert "Immune cells." in read("/ms/topics/microglia/")


def test_a_writer_renames_a_topic_that_readers_do_not_know(writer):
    topic = TopicFactory(name="Mircoglia")

    save_topic(writer, topic, name="Microglia", slug="microglia")

    topic.refresh_from_db()
    assert (topic.name, topic.slug) == ("Microglia", "microglia")


def test_a_new_topic_is_added_in_the_list(writer):
    signed_in(writer).post(
        reverse("research_topic_modeladmin_create"),
        {"name": "Microglia", "slug": "", "definition": "", "synonyms": "", "mesh_ui": "", "parents": []},
    )

    assert Topic.objects.get().slug == "microglia"


# Corrections and explainers stand where they were signed for.


@pytest.fixture
def elsewhere(section):
    """Another public article."""
    return publish(ArticlePageFactory(parent=section, title="Elsewhere", slug="elsewhere"))


def by_saving(text, **values):
    for name, value in values.items():
        setattr(text, name, value)
    text.save()


def behind_the_models_back(text, **values):
    type(text).objects.filter(pk=text.pk).update(**values)


WAYS = [by_saving, behind_the_models_back]


@pytest.mark.parametrize("point", WAYS)
def test_a_correction_stays_with_the_article_it_was_signed_for(public_article, elsewhere, point):
    note = correct(public_article, "It was 4 in 100.")

    point(note, article=elsewhere)

    assert "It was 4 in 100." in read(ADDRESS)
    assert "It was 4 in 100." not in read("/ms/elsewhere/")


@pytest.mark.parametrize("point", WAYS)
def test_an_explainer_stays_with_the_section_it_was_signed_for(public_article, section, point):
    explainer = ExplainerFactory(section=section, body="<p>Ask your care team.</p>")
    sign_text_of(explainer)
    other = TopicIndexPageFactory(title="Other", slug="other")
    publish(ArticlePageFactory(parent=other, title="There", slug="there"))

    point(explainer, section=other)

    assert "Ask your care team." in read(ADDRESS)
    assert "Ask your care team." not in read("/other/there/")


def test_a_correction_that_was_pointed_elsewhere_is_signed_for_that_article(public_article, elsewhere, reviewer):
    note = correct(public_article, "It was 4 in 100.")
    by_saving(note, article=elsewhere)
    browser = signed_in(reviewer)
    screen = browser.get(sign_url(note))
    browser.post(sign_url(note), {"stake": "none", "digest": shown_digest(screen)})

    assert "Elsewhere" in words_of(screen)
    assert "Fewer relapses" in words_of(screen)
    assert str(elsewhere.subject_uuid) not in words_of(screen)
    assert "It was 4 in 100." not in read(ADDRESS)
    assert "It was 4 in 100." in read("/ms/elsewhere/")


def test_the_preview_of_a_public_article_has_its_corrections(public_article, editor):
    correct(public_article, "It was 4 in 100.")

    preview = signed_in(editor).get(reverse("wagtailadmin_pages:view_draft", args=[public_article.pk]))

    assert "It was 4 in 100." in words_of(preview)


def test_an_explainer_keeps_its_place_when_the_section_is_renamed(
    public_article, section, django_capture_on_commit_callbacks
):
    sign_text_of(ExplainerFactory(section=section, body="<p>Ask your care team.</p>"))
    section.slug = "ms-research"
    with django_capture_on_commit_callbacks(execute=True):
        section.save_revision().publish()
    deliver_due(timezone.now())

    assert "Ask your care team." in read("/ms-research/fewer-relapses/")


# What was public is kept.


def by_model(text):
    text.delete()


def by_queryset(text):
    type(text).objects.filter(pk=text.pk).delete()


DELETIONS = [by_model, by_queryset]


@pytest.mark.parametrize("delete", DELETIONS)
@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_text_that_was_ever_signed_is_not_deleted(text, reviewer, delete, is_revoked):
    line = sign_text_of(text)
    if is_revoked:
        revoke(line, reviewer, "Wrong.")

    with pytest.raises(PermissionDenied, match="its record is kept"), transaction.atomic():
        delete(text)

    assert type(text).objects.filter(pk=text.pk).exists()


@pytest.mark.parametrize("delete", DELETIONS)
def test_a_topic_of_a_public_article_is_not_deleted(section, delete):
    topic = with_an_article(section)
    unpublish(ArticlePage.objects.get())

    with pytest.raises(PermissionDenied, match="its record is kept"), transaction.atomic():
        delete(topic)

    assert Topic.objects.exists()


@pytest.mark.parametrize("delete", DELETIONS)
def test_a_text_that_was_never_signed_is_deleted(text, delete):
    delete(text)

    assert not type(text).objects.exists()


def test_the_delete_screen_says_why_a_text_is_kept(text, admin):
    sign_text_of(text)
    browser = signed_in(admin)
    address = list_url(text, "delete", text.pk)

    for response in (browser.get(address), browser.post(address)):
        assert response.status_code == 200
        assert "is, or was, public, so its record is kept." in words_of(response)
        assert "Yes, delete" not in response.content.decode()
    assert type(text).objects.filter(pk=text.pk).exists()


@pytest.mark.parametrize("make", [TopicFactory, GlossaryTermFactory])
def test_an_editor_deletes_what_was_never_public(editor, make):
    text = make()
    browser = signed_in(editor)
    address = list_url(text, "delete", text.pk)

    asked = browser.get(address)
    browser.post(address)

    assert "Yes, delete" in asked.content.decode()
    assert not type(text).objects.exists()


def test_a_section_is_kept_with_its_signed_explainer(section, admin):
    sign_text_of(ExplainerFactory(section=section))

    response = signed_in(admin).post(reverse("wagtailadmin_pages:delete", args=[section.pk]), follow=True)

    assert Explainer.objects.exists()
    assert "its record is kept" in words_of(response)


# A sign-off is revoked on a screen.

MAY_REVOKE = [("writer", False), ("reviewer", True), ("editor", True), ("admin", True)]


def revoke_url(line):
    return reverse("research_revoke", args=[line.pk])


@pytest.mark.parametrize(("role", "allowed"), MAY_REVOKE)
def test_who_revokes_the_sign_off_of_an_article(public_article, role, allowed):
    browser = signed_in(ROLES[role]())
    line = SignOff.objects.get()

    asked = browser.get(revoke_url(line))
    response = browser.post(revoke_url(line), {"reason": "A number is wrong."})

    assert is_refused(asked) != allowed
    assert is_refused(response) != allowed
    assert Client().get(ADDRESS).status_code == (410 if allowed else 200)
    assert ArticlePage.objects.get().live != allowed


@pytest.mark.parametrize(("role", "allowed"), MAY_REVOKE)
def test_who_revokes_the_sign_off_of_a_shared_text(text, role, allowed):
    line = sign_text_of(text)

    response = signed_in(ROLES[role]()).post(revoke_url(line), {"reason": "A number is wrong."})

    assert is_refused(response) != allowed
    assert PublishedText.objects.exists() != allowed


def test_nobody_revokes_without_signing_in(public_article, client):
    client.post(revoke_url(SignOff.objects.get()), {"reason": "A number is wrong."})

    assert Client().get(ADDRESS).status_code == 200


def test_a_revocation_is_a_line_with_its_reason_and_actor(
    public_article, editor, caplog, django_capture_on_commit_callbacks
):
    line = SignOff.objects.get()

    with django_capture_on_commit_callbacks(execute=True), caplog.at_level("INFO", "countersign.audit"):
        response = signed_in(editor).post(revoke_url(line), {"reason": "A number is wrong."}, follow=True)

    added = SignOff.objects.get(kind=SignOff.Kind.REVOKED)
    assert (added.digest, added.comment, added.reviewer_id) == (line.digest, "A number is wrong.", editor.pk)
    assert f"sign-off revoked: article {line.subject_uuid} by {editor.get_username()}" in caplog.text
    assert "is revoked. Readers do not see these words any more." in words_of(response)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_revocation_without_a_reason_is_refused(public_article, editor, reason):
    response = signed_in(editor).post(revoke_url(SignOff.objects.get()), {"reason": reason})

    assert response.status_code == 400
    assert "Say why the sign-off is revoked." in words_of(response)
    assert Client().get(ADDRESS).status_code == 200


def test_looking_at_the_screen_revokes_nothing(public_article, editor):
    response = signed_in(editor).get(revoke_url(SignOff.objects.get()))

    assert "Readers see these words now." in words_of(response)
    assert SignOff.objects.count() == 1


def test_a_sign_off_is_revoked_once(public_article, editor):
    browser = signed_in(editor)
    for _ in range(2):
        response = browser.post(revoke_url(SignOff.objects.earliest("pk")), {"reason": "Wrong."}, follow=True)

    assert SignOff.objects.count() == 2
    assert "was revoked before" in words_of(response)


def test_a_revocation_is_not_revoked(public_article, editor):
    added = revoke(SignOff.objects.get(), editor, "Wrong.")

    assert signed_in(editor).get(revoke_url(added)).status_code == 404


def test_an_older_signature_says_nothing_of_what_is_public(public_article, writer, editor):
    older = SignOff.objects.get()
    edit(public_article, writer, title="Relapses, corrected")
    publish(public_article)

    signed_in(editor).post(revoke_url(older), {"reason": "Wrong."})

    assert "Relapses, corrected" in read(ADDRESS)


def test_a_text_is_shown_again_once_it_is_signed_again(section, topic, reviewer, editor):
    signed_in(editor).post(revoke_url(SignOff.objects.get(subject_uuid=topic.subject_uuid)), {"reason": "Wrong."})
    revoked = read("/ms/topics/microglia/")
    sign_text_of(topic, reviewer)

    assert "Immune cells." not in revoked
    assert "Also called" not in revoked
    assert "Immune cells." in read("/ms/topics/microglia/")


@pytest.mark.parametrize("role", ["editor", "admin"])
def test_the_strip_above_the_editor_leads_to_the_revocation(public_article, role):
    response = signed_in(ROLES[role]()).get(reverse("wagtailadmin_pages:edit", args=[public_article.pk]))

    assert revoke_url(SignOff.objects.get()) in response.content.decode()
    assert "Revoke the sign-off of what readers see." in words_of(response)


def test_the_strip_offers_no_revocation_to_the_writer(public_article, writer):
    response = signed_in(writer).get(reverse("wagtailadmin_pages:edit", args=[public_article.pk]))

    assert response.status_code == 200
    assert "Revoke the sign-off" not in words_of(response)


def test_the_strip_tells_the_signature_of_the_draft_from_that_of_what_is_public(public_article, writer, editor):
    public = SignOff.objects.get()
    edit(public_article, writer, title="Relapses, corrected")
    draft = sign(public_article)

    response = signed_in(editor).get(reverse("wagtailadmin_pages:edit", args=[public_article.pk]))

    for line, of in ((public, "what readers see"), (draft, "this draft")):
        link = BeautifulSoup(response.content, "html.parser").find("a", href=revoke_url(line))
        assert of in link.parent.get_text()


def test_the_draft_of_a_public_article_loses_its_signature_alone(public_article, writer, editor):
    edit(public_article, writer, title="Relapses, corrected")
    draft = sign(public_article)

    signed_in(editor).post(revoke_url(draft), {"reason": "Wrong."})

    assert SignOff.objects.standing(public_article.subject_uuid, draft.digest) is None
    assert PublishedArticle.objects.get().withdrawn_at is None


@pytest.mark.parametrize("role", ["reviewer", "editor"])
def test_the_list_leads_to_the_sign_off_of_a_public_text_and_its_revocation(text, role):
    line = sign_text_of(text)
    browser = signed_in(ROLES[role]())

    listed = browser.get(list_url(text, "index")).content.decode()
    screen = browser.get(sign_url(text)).content.decode()

    assert sign_url(text) in listed
    assert revoke_url(line) in screen


def test_the_list_offers_a_writer_no_sign_off(text, writer):
    sign_text_of(text)

    assert sign_url(text) not in signed_in(writer).get(list_url(text, "index")).content.decode()


def test_the_seals_are_whole_after_signing_and_revoking_texts_of_every_kind(reviewer, capsys):
    texts: list[Model] = [make() for make, _ in KINDS.values()]
    lines = [sign_text_of(text) for text in texts]
    revoke(lines[0], reviewer, "Wrong.")

    call_command("verify_seals")

    assert capsys.readouterr().out.strip().endswith("0 problems.")


def test_every_kind_of_shared_text_is_tried(db):
    assert {model.subject_type for model in SignableText.__subclasses__()} == set(KINDS)
