"""What pages with a list of articles tell of themselves: the front, a section, a topic."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from common import letterhead
from research.content.canonical import without_empty
from research.reading.shapes import Card, Metadata
from research.reading.structured.writing import json_for_script

NEWEST_FIRST = "https://schema.org/ItemListOrderDescending"


def collection_page(
    metadata: Metadata, cards: Sequence[Card], *, language: str, about: dict[str, Any], total: int, start: int
) -> str:
    """Return what a page of a list tells, as JSON that is safe inside a script element.

    A CollectionPage whose main entity is the list, of which it has the articles after the first ``start``.
    """
    address = metadata.canonical_url
    page = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "url": address,
        "name": metadata.title,
        "description": metadata.description,
        "inLanguage": language,
        "about": about,
        "isPartOf": {"@type": "WebSite", "name": letterhead.current().name, "url": urljoin(address, "/")},
        "mainEntity": _item_list(address, cards, total=total, start=start),
    }
    return json_for_script(without_empty(page))


def web_site(metadata: Metadata, cards: Sequence[Card], *, language: str, search_url: str) -> str:
    """Return what the front tells: the site with whoever publishes it, its search, and the newest articles."""
    address, publisher = metadata.canonical_url, letterhead.current()
    site = {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "url": address,
        "name": publisher.name,
        "description": metadata.description,
        "inLanguage": language,
        "publisher": {
            "@type": "Organization",
            "name": publisher.name,
            "url": address,
            "logo": publisher.logo_url and urljoin(address, publisher.logo_url),
        },
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{urljoin(address, search_url)}?q={{words}}"},
            "query-input": "required name=words",
        },
        "mainEntity": _item_list(address, cards, total=len(cards), start=0),
    }
    return json_for_script(without_empty(site))


def condition(name: str, mesh_ui: str | None) -> dict[str, Any]:
    """Return the condition that a section is about."""
    return {"@type": "MedicalCondition", "name": name, "code": _mesh(mesh_ui)}


def topic(name: str, mesh_ui: str | None, *, description: str, synonyms: str) -> dict[str, Any]:
    """Return a topic, which need not be a condition; ``synonyms`` as they were signed, with commas between them."""
    return {
        "@type": "MedicalEntity",
        "name": name,
        "alternateName": [word.strip() for word in synonyms.split(",") if word.strip()],
        "description": description,
        "code": _mesh(mesh_ui),
    }


def _mesh(ui: str | None) -> dict[str, str]:
    return {"@type": "MedicalCode", "codeValue": ui, "codingSystem": "MeSH"} if ui else {}


def _item_list(address: str, cards: Sequence[Card], *, total: int, start: int) -> dict[str, Any]:
    if not cards:
        return {}
    return {
        "@type": "ItemList",
        "numberOfItems": total,
        "itemListOrder": NEWEST_FIRST,
        "itemListElement": [
            {"@type": "ListItem", "position": number, "url": urljoin(address, card.url), "name": card.title}
            for number, card in enumerate(cards, start + 1)
        ],
    }
