"""A name is planted in every column of every table that can hold one; erasing takes it out, or says where it stays.

A table that is added later is planted too: nobody has to remember it here.
"""

import json
import unicodedata
from collections import defaultdict
from datetime import date

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Comment, Revision
from wagtail.search.backends import get_search_backend

from common.models import Image, User
from home.models import InfoPage
from research.audit import check_seals
from research.models import Person
from research.newsroom import append_only
from research.record.erasure.erasing import erase_person
from research.record.erasure.names import Identity
from research.record.erasure.spelling import formed, formed_with_places
from search.models import MissedSearch
from tests.factories import (
    ArticlePageFactory,
    ImageFactory,
    InfoPageFactory,
    PersonFactory,
    blocks,
    publish,
    reviewer_user,
    sign,
    submit,
)
from tests.made_rows import any_value

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]

NAME, LAST_NAME, EMAIL = "Théodora Quillfeather", "Quillfeather", "theodora@quill.example"
TEXT = (models.CharField, models.TextField, models.JSONField, models.FileField)
# What holds a value of a fixed form, which no name is: hashes, tokens, places in the tree, names of classes.
FIXED = {
    "action", "app_label", "backend_name", "codename", "commitments", "content_path", "contentpath",
    "credibility_word", "current_time_zone", "digest", "doi", "exception_class_path", "file_hash", "filter_spec",
    "hash", "head", "key_hash", "language_code", "line_hash", "model", "model_path", "notices_considered",
    "object_id", "of_digest", "parent_object_id", "password", "path", "previous_hash", "queue_name", "root", "salt",
    "session_data", "task_path", "to_object_id", "token", "token_hash", "url_path",
}  # fmt: skip
# What the program reads as a whole, by table: another form would break the article, and no name stands in it so.
READ_AS_A_WHOLE = {
    "research_submission": {"content", "pictures"},
    "research_previewlink": {"content", "pictures"},
    "research_publishedarticle": {"content", "pictures", "related_ids", "labels"},
    "research_sealedcontent": {"canonical"},
    "research_articlepage": {"claims", "claims_set_aside"},
    "research_signoff": {"pictures"},
    "research_receipt": {"fields"},
    "research_inclusionproof": {"path"},
    "common_picturemaster": {"sizes"},
    "mfa_authenticator": {"data"},
    "research_person": {"account_ids"},
}


def columns_of(model):
    """Return the columns of a table of its own in which a name could stand."""
    closed = READ_AS_A_WHOLE.get(model._meta.db_table, set())
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, TEXT)
        and not field.primary_key
        and not field.choices
        and field.name not in FIXED | closed
        and (field.max_length is None or field.max_length >= len(NAME))
    ]


MODELS = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed and columns_of(model)]


def planted_value(field):
    if isinstance(field, models.EmailField):
        return EMAIL
    if isinstance(field, models.JSONField):
        return json.dumps({"said": [f"It was {NAME}."]})
    if isinstance(field, models.SlugField):
        return "theodora-quillfeather"
    if isinstance(field, models.FileField):
        return "theodora-quillfeather.png"
    words = f"It was {NAME}."
    return words if field.max_length is None or field.max_length >= len(words) else NAME


def make_row(model):
    """Add a row to a table that has none, past all rules."""
    columns = (field for field in model._meta.local_concrete_fields if not field.generated)
    fields = [field for field in columns if any_value(field) is not None]
    values = [field.get_db_prep_save(any_value(field), connection) for field in fields]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(fields))
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})", values)  # noqa: S608


def plant():
    """Write the name into every column, one row a table; where none is, one is made."""
    for model in MODELS:
        if not model._base_manager.exists():
            make_row(model)
        key = model._meta.pk
        pk = key.get_db_prep_value(model._base_manager.order_by().values_list("pk", flat=True).first(), connection)
        for field in columns_of(model):
            value = planted_value(field)
            if model is Revision and isinstance(field, models.JSONField):
                value = json.dumps(Revision.objects.get(pk=pk).content | json.loads(value))
            table, column = model._meta.db_table, connection.ops.quote_name(field.column)
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key.column} = %s", [value, pk])  # noqa: S608


def where_it_stands():
    """Return (table, column) of every value that has the last name, in a full dump."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.endswith("_fts_data"):  # rewritten when the files are, see test_erasing_files
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            names = [column.name if hasattr(column, "name") else column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found |= {
                    (table, name)
                    for name, value in zip(names, row, strict=True)
                    if LAST_NAME.lower() in str(value).lower() or EMAIL in str(value)
                }
    return found


@pytest.fixture
def leaving(db):
    user = reviewer_user()
    User.objects.filter(pk=user.pk).update(username="tquill", first_name="Théodora", last_name=LAST_NAME, email=EMAIL)
    Person.objects.filter(user=user).update(name=NAME)
    return User.objects.get(pk=user.pk)


def test_a_name_in_any_column_of_any_table_goes_or_is_named(section, writer, leaving, admin):
    body = blocks.body(blocks.text(f"<p>It was {NAME}.</p>"))
    publish(ArticlePageFactory(parent=section, by=writer, slug="one", body=body))
    InfoPageFactory()
    submit(ArticlePageFactory(parent=section, by=writer, slug="two"), writer)
    ImageFactory(title=NAME)
    tables = defaultdict(set)
    for model in apps.get_models(include_auto_created=True):
        tables[str(model._meta.verbose_name)].add(model._meta.db_table)
    with transaction.atomic():
        append_only.remove(connection)
        plant()
        append_only.install(connection)
        planted = where_it_stands()

        erased = erase_person(user=leaving, by=admin, reason="They asked for it.")

        left = where_it_stands()
        transaction.set_rollback(True)
    told = set()
    for place in erased.left:
        words, _, column = place.rpartition(", ")
        told |= {(table, column) for table in tables[words.rpartition(" ")[0]]}
    if ("search_knownword", "word") in told:  # the index of its words, kept by the database
        left = {place for place in left if not place[0].startswith("search_spellings")}
    assert len(planted) > 100
    assert sorted(left - told) == []


SPELLINGS = [
    "Théodora Quillfeather",
    "théodora quillfeather",
    "THÉODORA QUILLFEATHER",
    "Theodora Quillfeather",
    "Theodora  Quillfeather",
    "Théodora\u00a0Quillfeather",
    "Quillfeather, Théodora",
    "theodora-quillfeather",
    "theodora.quillfeather",
    "Th\\u00e9odora Quillfeather",
    "Th%C3%A9odora+Quillfeather",
    EMAIL.upper(),
    EMAIL.replace("@", "%40"),
    "Theodora &amp;nbsp;Quillfeather",
    "Th\\\\u00e9odora\\nQuillfeather",
    "The\u0301odora Quillfeather",
    "Th&#233;odora\u200b Quill\u00adfeather",
    "\uff34heodora Quillfeather",
]


def commented(article, user, words):
    return Comment.objects.create(page=article, user=user, text=words, contentpath="title", position="")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_is_found_however_it_is_spelled(article, leaving, admin, spelling):
    comment = Comment.objects.create(
        page=article, user=admin, text=f"Ask {spelling}!", contentpath="title", position=""
    )

    erase_person(user=leaving, by=admin, reason="They asked for it.")

    assert Comment.objects.get(pk=comment.pk).text == "Ask [name removed]!"


def nfd(text):
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("name", "text", "after"),
    [
        ("Sean O'Brien", "as Sean O’Brien said", "as [name removed] said"),
        ("Sean O’Brien", "as Sean O'Brien said", "as [name removed] said"),
        ("Sean O'Brien", "<p>as Sean O&#x27;Brien said</p>", "<p>as [name removed] said</p>"),
        ("José Núñez", nfd("as José Núñez said"), "as [name removed] said"),
        ("José Núñez", nfd("by José Núñé"), nfd("by José Núñé")),
        ("José Zoé", nfd("by José Zoé, too"), "by [name removed], too"),
        (nfd("José Núñez"), "as José Núñez said", "as [name removed] said"),
        ("Иван Петров", "как сказал ИВАН ПЕТРОВ вчера", "как сказал [name removed] вчера"),
        ("Иван Петров", r"\u0432 \u0418ван Петров\u044b", r"\u0432 \u0418ван Петров\u044b"),
        ("Иван Петров", r"\u0432 \u0418ван Петров!", r"\u0432 [name removed]!"),
        ("Jane Roe", "as Jane&nbsp;Roe said", "as [name removed] said"),
        ("Jane Roe", "as Jane\u00a0Roe said", "as [name removed] said"),
        ("Jane Roe", "by Jane Roe¹ and J. Doe²", "by [name removed]¹ and J. Doe²"),
        ("Jane Roe", "_Jane Roe_", "_[name removed]_"),
        ("Jane Roe", "write to jane.roe@another.example", "write to jane.roe@another.example"),
        ("Anne-Marie Roe", "as Anne\u2011Marie Roe said", "as [name removed] said"),
        ("Ole Sørensen", "as Ole Sorensen said", "as [name removed] said"),
        ("राम कुमार", "राम कुमारी", "राम कुमारी"),
        ("이 수", "이 숙", "이 숙"),
    ],
)
def test_exactly_the_letters_of_a_name_go(name, text, after):
    identity = Identity()
    identity.add(name)

    assert identity.without_in(text) == after
    assert identity.may_stand_in(text) or after == text


UNCLEAR = [
    ("王小明", "请王小明审阅"),
    ("山田 太郎", "山田太郎さんが書いた"),
    ("김 민수", "김민수가 썼다"),
    ("Müller Grün", "as Mueller Gruen said"),
    ("Mueller Gruen", "as Müller Grün said"),
    ("Jens Aagaard", "as Ågård, Jens, said"),
    ("Sean O'Brien", "see /people/sean-obrien"),
    ("Sean OBrien", "as Seán O’Brien said"),
    ("Jeanne Roux", "l’avis d’Roux"),
    ("Theodora Quillfeather", "Theodora Quillfeathers Studie"),
    ("Theodora Quillfeather", "QUILLFEATHER said so"),
    ("Theodora Quillfeather", "Quillfeathers Studie"),
    ("Jane Roe", "as Jane A. Roe said"),
    ("Jane Roe", "<p>as <b>Jane</b> Roe said</p>"),
    ("Jane Roe", "write to jane.roe@another.example"),
    ("anna@quill.example", "write to joanna.anna@quill.example"),
]


@pytest.mark.parametrize(("name", "text"), UNCLEAR)
def test_what_only_a_person_can_tell_is_said(section, admin, name, text):
    page = InfoPageFactory(parent=section.get_parent(), title="About")
    InfoPage.objects.filter(pk=page.pk).update(intro=text)

    erased = erase_person(
        **({"email": name} if "@" in name else {"person": PersonFactory(name=name)}), by=admin, reason="They asked."
    )

    assert InfoPage.objects.get(pk=page.pk).intro == text
    assert erased.unclear == [f"{InfoPage._meta.verbose_name} {page.pk}, intro"]


def test_a_name_that_is_a_word_as_well_is_not_told_in_small_letters():
    identity = Identity()
    identity.add("Ann Young")

    assert not identity.may_be_in("Most patients were young.")
    assert identity.may_be_in("As Young said.")


ODD = st.lists(
    st.sampled_from([*"aeouRJ'’-é\u0301ßﬁ½가か\u3099\u00ad%&;#\\x27un20Ø ", "&amp;", "\\u00e9", "%C3%A9"])
).map("".join)


@given(ODD)
def test_the_way_back_is_the_way_there(text):
    placed = formed_with_places(text)

    assert placed.text == formed(text)
    assert len(placed.starts) == len(placed.ends) == len(placed.text)
    assert placed.starts == sorted(placed.starts)


@given(ODD, ODD, st.sampled_from(["Jane Roe", "Sean O'Brien", "José Zoé", "Müller Grün", "王 小明"]))
def test_no_text_with_a_name_is_passed_over(before, after, name):
    identity = Identity()
    identity.add(name)
    text = f"{before} {name} {after}"

    assert identity.may_stand_in(text)
    assert identity.without_in(text) != text or identity.may_be_in(text)


@pytest.mark.parametrize("words", ["As Prof. Quillfeather said.", "Ask tquill."])
def test_where_one_word_of_a_name_stands_is_said(article, leaving, admin, words):
    comment = commented(article, admin, words)

    erased = erase_person(user=leaving, by=admin, reason="They asked for it.")

    assert erased.unclear == [f"comment {comment.pk}, text"]
    assert Comment.objects.get(pk=comment.pk).text == words


def test_a_comment_of_another_reviewer_that_names_somebody_stays_and_is_named(article, leaving, admin):
    sign(article, comment=f"{NAME} explained it to me.")

    erased = erase_person(user=leaving, by=admin, reason="They asked for it.")

    assert erased.left == ["sign off personal 1, comment"]
    assert not list(check_seals())


EMAIL_COLUMNS = [
    own
    for model in apps.get_models(include_auto_created=True)
    for own in model._meta.local_concrete_fields
    if isinstance(own, models.EmailField) and model._meta.managed
]


@pytest.mark.parametrize("own", EMAIL_COLUMNS, ids=str)
def test_no_address_is_left_behind(section, admin, own):
    """Wherever an address can stand, it goes, or its row does."""
    rows = own.model._base_manager.all()
    with transaction.atomic():
        if not rows.exists():
            make_row(own.model)
        rows.filter(pk=rows.order_by("-pk").values_list("pk", flat=True).first()).update(**{own.name: EMAIL.title()})
        planted = rows.filter(**{f"{own.name}__iexact": EMAIL}).exists()

        erase_person(email=EMAIL, by=admin, reason="They asked for it.")

        left = rows.filter(**{f"{own.name}__iexact": EMAIL}).exists()
        transaction.set_rollback(True)
    assert planted
    assert not left


def test_what_was_looked_for_goes_with_the_name(leaving, admin):
    for words in ("theodora quillfeather", "quillwort"):
        MissedSearch.objects.create(words=words, times=3, last_on=date(2030, 1, 1))

    erase_person(user=leaving, by=admin, reason="They asked for it.")

    assert [search.words for search in MissedSearch.objects.all()] == ["quillwort"]


def test_the_searches_of_the_admin_find_the_name_no_more(leaving, admin):
    ImageFactory(title=f"{NAME}, portrait")
    found = get_search_backend().search("Quillfeather", Image)
    assert len(found) == 1

    erase_person(user=leaving, by=admin, reason="They asked for it.")

    assert len(get_search_backend().search("Quillfeather", Image)) == 0
    assert not {place for place in where_it_stands() if place[0].startswith("wagtailsearch")}
