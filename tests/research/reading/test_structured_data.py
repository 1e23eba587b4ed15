"""What a page tells search engines, held against schema.org: each property on a type that has it, with a value of
its range. The part of the vocabulary that is used stands here, as of schema.org 29.
"""

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup

from home.models import SiteSettings
from research.models import Person, Topic
from tests.factories import (
    ArticlePageFactory,
    PersonFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicFactory,
    correct,
    publish,
    sign_text_of,
)

pytestmark = pytest.mark.django_db

#: Each type with what it is a kind of.
PARENTS = {
    "Thing": (),
    "Intangible": ("Thing",),
    "Person": ("Thing",),
    "CreativeWork": ("Thing",),
    "WebPage": ("CreativeWork",),
    "MedicalWebPage": ("WebPage",),
    "ProfilePage": ("WebPage",),
    "CollectionPage": ("WebPage",),
    "WebSite": ("CreativeWork",),
    "Organization": ("Thing",),
    "Action": ("Thing",),
    "SearchAction": ("Action",),
    "EntryPoint": ("Intangible",),
    "ItemList": ("Intangible",),
    "ListItem": ("Intangible",),
    "Article": ("CreativeWork",),
    "ScholarlyArticle": ("Article",),
    "MedicalScholarlyArticle": ("ScholarlyArticle",),
    "CreativeWorkSeries": ("CreativeWork",),
    "Periodical": ("CreativeWorkSeries",),
    "Comment": ("CreativeWork",),
    "CorrectionComment": ("Comment",),
    "Review": ("CreativeWork",),
    "Rating": ("Intangible",),
    "Audience": ("Intangible",),
    "PeopleAudience": ("Audience",),
    "MedicalAudience": ("PeopleAudience", "Audience"),
    "Patient": ("MedicalAudience", "Person"),
    "MedicalEntity": ("Thing",),
    "MedicalCondition": ("MedicalEntity",),
    "CategoryCode": ("Intangible",),
    "MedicalCode": ("CategoryCode", "MedicalIntangible"),
    "MedicalIntangible": ("MedicalEntity",),
}
TEXT, URL, DATE, NUMBER = "Text", "URL", "Date", "Number"
#: The properties of a type itself, with what their values may be.
PROPERTIES = {
    "Thing": {
        "name": {TEXT},
        "description": {TEXT},
        "url": {URL},
        "sameAs": {URL},
        "identifier": {TEXT, URL},
        "image": {URL},
        "alternateName": {TEXT},
        "potentialAction": {"Action"},
    },
    "CreativeWork": {
        "about": {"Thing"},
        "audience": {"Audience"},
        "author": {"Person"},
        "citation": {"CreativeWork", TEXT},
        "correction": {"CorrectionComment", TEXT, URL},
        "creativeWorkStatus": {TEXT},
        "dateModified": {DATE},
        "datePublished": {DATE},
        "headline": {TEXT},
        "inLanguage": {TEXT},
        "isBasedOn": {"CreativeWork", URL},
        "isPartOf": {"CreativeWork", URL},
        "license": {"CreativeWork", URL},
        "mainEntity": {"Thing"},
        "publisher": {"Organization", "Person"},
        "publishingPrinciples": {URL},
        "review": {"Review"},
        "version": {NUMBER, TEXT},
        "text": {TEXT},
    },
    "Person": {"honorificSuffix": {TEXT}, "jobTitle": {TEXT}},
    "WebPage": {"lastReviewed": {DATE}, "reviewedBy": {"Person"}},
    "Organization": {"logo": {URL}},
    "Action": {"target": {"EntryPoint", URL}},
    # What a program puts in: https://schema.org/docs/actions.html, "Part 4: Input and Output constraints".
    "SearchAction": {"query": {TEXT}, "query-input": {TEXT}},
    "EntryPoint": {"urlTemplate": {TEXT}},
    "ItemList": {"itemListElement": {"ListItem", TEXT, "Thing"}, "itemListOrder": {TEXT}, "numberOfItems": {NUMBER}},
    "ListItem": {"item": {"Thing"}, "position": {NUMBER, TEXT}},
    "MedicalScholarlyArticle": {"publicationType": {TEXT}},
    "Review": {"reviewRating": {"Rating"}, "itemReviewed": {"Thing"}},
    "Rating": {
        "ratingValue": {NUMBER, TEXT},
        "bestRating": {NUMBER},
        "worstRating": {NUMBER},
        "ratingExplanation": {TEXT},
    },
    "Audience": {"audienceType": {TEXT}},
    "MedicalEntity": {"code": {"MedicalCode"}},
    "CategoryCode": {"codeValue": {TEXT}},
    "MedicalCode": {"codingSystem": {TEXT}},
}


def kinds_of(name: str) -> set[str]:
    """Return a type with all that it is a kind of."""
    return {name}.union(*(kinds_of(parent) for parent in PARENTS[name]))


def faults_in(node: dict[str, Any], where: str = "") -> list[str]:
    """Return what the vocabulary does not know, in a tree of structured data."""
    if node.get("@type") not in PARENTS:
        return [f"{where}: no type {node.get('@type')}"]
    allowed = {}
    for kind in kinds_of(node["@type"]):
        allowed |= PROPERTIES.get(kind, {})
    found = []
    for name, value in node.items():
        if name.startswith("@"):
            continue
        place = f"{where}.{name}"
        if name not in allowed:
            found.append(f"{place}: not a property of {node['@type']}")
            continue
        for one in value if isinstance(value, list) else [value]:
            found += faults_of(one, allowed[name], place)
    return found


def faults_of(value: Any, expected: set[str], place: str) -> list[str]:
    if isinstance(value, dict):
        fits = value.get("@type") in PARENTS and kinds_of(value["@type"]) & expected
        return ([] if fits else [f"{place}: a {value.get('@type')}"]) + faults_in(value, place)
    if isinstance(value, bool) or value in ("", None):
        return [f"{place}: {value!r}"]
    kinds = (
        {NUMBER} if isinstance(value, int | float) else {TEXT, DATE} | ({URL} if value.startswith("http") else set())
    )
    return [] if kinds & expected else [f"{place}: {value!r}"]


def data_of(client, address):
    page = BeautifulSoup(client.get(address).content, "html.parser")
    return json.loads(page.find("script", type="application/ld+json").string), page


@pytest.fixture
def rich(section):
    """An article with everything that structured data tells of."""
    section.condition_mesh_ui = "D009103"
    section.save()
    page = ArticlePageFactory(
        parent=section,
        slug="rich",
        title="Fewer relapses",
        authors=[PersonFactory(name="Ana Ruiz")],
        topics=[TopicFactory(name="Relapses")],
        study=StudyFactory(doi="10.1000/rich"),
    )
    page = publish(page)
    correct(page, "We said <b>5</b>; it was 4.")
    return page


def test_an_article_uses_the_vocabulary_as_it_is(client, rich):
    data, _ = data_of(client, "/ms/rich/")

    assert faults_in(data) == []
    assert data["mainEntity"]["correction"] == [
        {"@type": "CorrectionComment", "text": "We said 5; it was 4.", "datePublished": "2026-03-02"}
    ]


def test_a_contributor_does_too(client, rich):
    person = Person.objects.get(name="Ana Ruiz")
    Person.objects.filter(pk=person.pk).update(orcid="0000-0002-1825-0097", credentials="PhD", bio="Writes.")

    data, _ = data_of(client, person.address)

    assert faults_in(data) == []
    assert (data["@type"], data["mainEntity"]["sameAs"]) == ("ProfilePage", "https://orcid.org/0000-0002-1825-0097")


def listed_in(data):
    return [(one["position"], one["name"], one["url"]) for one in data["mainEntity"]["itemListElement"]]


def test_the_front_is_the_site_with_its_search_and_its_newest_articles(client, rich):
    data, _ = data_of(client, "/")

    assert faults_in(data) == []
    assert (data["@type"], data["publisher"]["name"]) == ("WebSite", data["name"])
    assert listed_in(data) == [(1, "Fewer relapses", "http://testserver/ms/rich/")]
    asked = data["potentialAction"]["target"]["urlTemplate"]
    assert data["potentialAction"]["query-input"] == "required name=words"
    assert b"Fewer relapses" in client.get(asked.replace("{words}", "relapses")).content


def test_a_section_is_a_collection_about_its_condition(client, rich):
    data, _ = data_of(client, "/ms/")

    assert faults_in(data) == []
    assert data["@type"] == "CollectionPage"
    assert (data["about"]["@type"], data["about"]["code"]["codeValue"]) == ("MedicalCondition", "D009103")
    assert listed_in(data) == [(1, "Fewer relapses", "http://testserver/ms/rich/")]


def test_a_topic_is_a_collection_with_what_was_signed_of_it(client, rich):
    topic = Topic.objects.get(name="Relapses")
    Topic.objects.filter(pk=topic.pk).update(
        mesh_ui="D012008", definition="New symptoms & old ones.", synonyms="attack\nflare"
    )

    before, _ = data_of(client, "/ms/topics/relapses/")
    sign_text_of(Topic.objects.get(pk=topic.pk))
    data, _ = data_of(client, "/ms/topics/relapses/")

    assert "description" not in before["about"]
    assert "alternateName" not in before["about"]
    assert faults_in(data) == []
    assert data["about"] == {
        "@type": "MedicalEntity",
        "name": "Relapses",
        "alternateName": ["attack", "flare"],
        "description": "New symptoms & old ones.",
        "code": {"@type": "MedicalCode", "codeValue": "D012008", "codingSystem": "MeSH"},
    }


def test_a_list_without_articles_tells_of_none(client, section):
    for address in ("/", "/ms/"):
        data, _ = data_of(client, address)

        assert faults_in(data) == []
        assert "mainEntity" not in data


def test_each_page_of_a_list_tells_of_itself(client, section, monkeypatch):
    monkeypatch.setattr("research.reading.section.PER_PAGE", 1)
    for title in ("Older", "Newer"):
        publish(ArticlePageFactory(parent=section, title=title))

    first, _ = data_of(client, "/ms/")
    data, page = data_of(client, "/ms/?page=2")

    assert faults_in(data) == []
    assert data["mainEntity"]["numberOfItems"] == 2
    assert [(number, name) for number, name, _ in listed_in(data)] == [(2, "Older")]
    assert data["url"] == page.find("link", rel="canonical")["href"] == "http://testserver/ms/?page=2"
    assert data["name"] == f"{first['name']}, page 2"
    assert page.title.string.startswith(data["name"])


def test_the_licence_stands_with_the_article_where_there_is_one(client, rich):
    assert "license" not in data_of(client, "/ms/rich/")[0]["mainEntity"]
    settings = SiteSettings.objects.first()
    settings.licence_url = "https://creativecommons.org/licenses/by/4.0/"
    settings.save()

    data, _ = data_of(client, "/ms/rich/")

    assert faults_in(data) == []
    assert data["mainEntity"]["license"] == settings.licence_url


def test_a_retracted_article_does_too(client, rich):
    StudyNoticeFactory(study=rich.study)
    data, _ = data_of(client, "/ms/rich/")

    assert faults_in(data) == []
    assert "review" not in data["mainEntity"]["isBasedOn"]
    assert len(data["mainEntity"]["correction"]) == 2


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ({"lastReviewed": "2026-01-01"}, ".mainEntity.lastReviewed: not a property of Article"),
        ({"author": {"@type": "Rating"}}, ".mainEntity.author: a Rating"),
        ({"isPartOf": {"@type": "Journal"}}, ".mainEntity.isPartOf: no type Journal"),
        ({"image": "no address"}, ".mainEntity.image: 'no address'"),
        ({"headline": ""}, ".mainEntity.headline: ''"),
    ],
)
def test_a_fault_would_be_seen(planted, fault):
    data = {"@type": "MedicalWebPage", "mainEntity": {"@type": "Article", **planted}}

    assert fault in faults_in(data)


def test_dublin_core_names_the_study_as_the_source_and_no_tag_makes_the_page_the_paper(client, rich):
    _, page = data_of(client, "/ms/rich/")

    told = [(tag["name"], tag["content"]) for tag in page.find_all("meta", attrs={"name": True})]
    assert ("DC.source", "https://doi.org/10.1000/rich") in told
    assert ("DC.title", "Fewer relapses") in told
    assert ("DC.creator", "Ana Ruiz") in told
    assert not any(name.startswith("citation_") for name, _ in told)
