"""What the sentences of a draft rest on: declared by who writes, followed through edits, sealed with the words.

The links stand in ``ArticlePage.claims``, so they draft with the revision. Those whose sentence was edited are
set aside, not lost: they count no more, and are offered again where the sentence comes back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from research.checking.claims import NUMBERS, Claim, ClaimKind, as_stored, claims_of, numbers_sentence, sentence_digest
from research.checking.passages import Passage
from research.content.article import ORIGIN, ArticleContent, content_of

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

MOST_SET_ASIDE = 200


def follow(page: "ArticlePage") -> None:
    """Keep the links of sentences that are still there, where they stand now; set the others aside.

    Called before a draft is saved. An article without links costs nothing.
    """
    if not page.claims and not page.claims_set_aside:
        return
    content = content_of(page)
    _keep(page, content, [*_sentence_links(page), *page.claims_set_aside], _origin_links(page))


def declare(
    page: "ArticlePage", key: str, kind: ClaimKind, passages: Sequence[Passage] = (), note: str = ""
) -> Claim | None:
    """Say what a sentence of a draft rests on, or nothing any more; None where the sentence is no longer there.

    Args:
        page: the draft; the caller saves it.
        key: of the sentence, see ``Claim.key``.
        kind: UNDECLARED takes back what was said.
        passages: where it comes from.
        note: a source of background, in words.
    """
    content = content_of(page)
    claims = claims_of(content)
    claim = next((found for found in claims if found.key == key), None)
    if claim is None:
        return None
    declared = replace(claim, kind=kind, passages=tuple(passages), note=note)
    links = as_stored(declared if found is claim else found for found in claims)
    aside = [entry for entry in page.claims_set_aside if entry.get("digest") != claim.digest]
    page.claims, page.claims_set_aside = [*links, *_origin_links(page)], aside
    return declared


def set_origin(page: "ArticlePage", field: str, passage: Passage | None) -> bool:
    """Say where one number of a block comes from; False where there is no such number.

    Args:
        page: the draft; the caller saves it.
        field: the path of the number, such as ``sections/what_they_found/2/after``.
        passage: where it comes from; None takes back what was said.
    """
    digests = _numbers_in(content_of(page))
    if field not in digests:
        return False
    others = [entry for entry in page.claims or [] if not (entry.get("kind") == ORIGIN and entry["field"] == field)]
    page.claims = [*others, *([_origin(field, digests[field], [passage])] if passage else [])]
    return True


def has_origin(page: "ArticlePage", field: str) -> bool:
    """True when somebody said where a number of a block comes from."""
    return any(entry["field"] == field for entry in _origin_links(page))


def earlier_links(page: "ArticlePage") -> list[dict[str, Any]]:
    """Return the links that were set aside when their sentences were edited, the newest last."""
    return list(page.claims_set_aside or [])


def _keep(
    page: "ArticlePage", content: ArticleContent, links: list[dict[str, Any]], origins: Iterable[dict[str, Any]]
) -> None:
    kept = as_stored(claims_of(content, links))
    page.claims = [*kept, *_moved_origins(content, origins)]
    counted = [entry["digest"] for entry in kept]
    aside = []
    for entry in links:
        if entry["digest"] in counted:
            counted.remove(entry["digest"])
        else:
            aside.append(entry)
    page.claims_set_aside = aside[-MOST_SET_ASIDE:]


def _sentence_links(page: "ArticlePage") -> list[dict[str, Any]]:
    return [entry for entry in page.claims or [] if entry.get("kind") != ORIGIN]


def _origin_links(page: "ArticlePage") -> list[dict[str, Any]]:
    return [entry for entry in page.claims or [] if entry.get("kind") == ORIGIN]


def _origin(field: str, digest: str, passages: Iterable[Passage | dict[str, Any]]) -> dict[str, Any]:
    stored = [passage.as_stored() if isinstance(passage, Passage) else passage for passage in passages]
    return {"field": field, "digest": digest, "kind": ORIGIN, "passages": stored}


def _numbers_in(content: ArticleContent) -> dict[str, str]:
    """Return the digest of what its block says, by the path of each number."""
    return {
        f"sections/{section.slug}/{place}/{name}": sentence_digest(numbers_sentence(block.values))
        for section in content.sections
        for place, block in enumerate(section.blocks)
        if block.kind == "numbers"
        for name in NUMBERS
        if name in block.values
    }


def _moved_origins(content: ArticleContent, origins: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return origins at the place of their numbers now; those whose block says something else are dropped."""
    now = _numbers_in(content)
    kept: dict[str, dict[str, Any]] = {}
    for entry in origins:
        name = entry["field"].rpartition("/")[2]
        same = [field for field, digest in now.items() if digest == entry["digest"] and field.endswith(f"/{name}")]
        place = entry["field"] if entry["field"] in same else next((field for field in same if field not in kept), None)
        if place is not None and place not in kept:
            kept[place] = _origin(place, entry["digest"], entry["passages"])
    return list(kept.values())
