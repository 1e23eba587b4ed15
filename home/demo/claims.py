"""What the sentences of the demo's articles rest on, from data files, linked as a writer links them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from home.demo.record import DATA, read
from research.checking.claims import NUMBERS, Claim, ClaimKind, as_stored, claims_of
from research.checking.passages import Passage, QuoteNotFoundError, SourceText, find_passage, typed_passage
from research.content.article import content_of
from research.models import ArticlePage, Study
from research.review.claims.links import set_origin
from research.review.claims.texts import source_texts

# Where a quote stands that is from a text which is not stored, since its publisher holds the rights.
PAGE_OF_TYPED_QUOTES = "Abstract"
DECLARED = {"background": ClaimKind.BACKGROUND, "explanation": ClaimKind.EXPLANATION, "question": ClaimKind.QUESTION}


def link_claims(page: ArticlePage, slug: str, studies: Mapping[str, Study]) -> None:
    """Put what each sentence rests on into a draft; the caller saves it."""
    if not (DATA / "claims" / f"{slug}.toml").exists():
        return
    ledger = _Ledger(read(f"claims/{slug}.toml"), page.study, studies)
    linked = [ledger.linked(claim) for claim in claims_of(content_of(page))]
    page.claims = as_stored(linked)
    for claim in linked:
        for name in NUMBERS if claim.block_kind == "numbers" and claim.passages else ():
            set_origin(page, f"{claim.field.rpartition('/')[0]}/{name}", claim.passages[0])


@dataclass(frozen=True)
class _Ledger:
    """One article's data file, its study, and all studies by key for the quotes of another one."""

    said: Mapping[str, Any]
    study: Study | None
    studies: Mapping[str, Study]
    texts: dict[int, list[SourceText]] = field(default_factory=dict)

    def linked(self, claim: Claim) -> Claim:
        """Return a sentence with what the file says of it."""
        for name, kind in DECLARED.items():
            if claim.text in self.said.get(name, ()):
                return replace(claim, kind=kind)
        quotes = self.said.get("supported", {}).get(claim.text, ())
        found = (
            self._passage(quote, self.study)
            if isinstance(quote, str)
            else self._passage(quote["quote"], self.studies[quote["study"]])
            for quote in quotes
        )
        passages = tuple(passage for passage in found if passage is not None)
        return replace(claim, kind=ClaimKind.SUPPORTED, passages=passages) if passages else claim

    def _passage(self, quote: str, study: Study | None) -> Passage | None:
        if study is None:
            return None
        if study.pk not in self.texts:
            self.texts[study.pk] = source_texts(study)
        for text in self.texts[study.pk]:
            try:
                return find_passage(quote, text)
            except QuoteNotFoundError:
                continue
        return typed_passage(quote, PAGE_OF_TYPED_QUOTES, str(study.subject_uuid), study.licence)
