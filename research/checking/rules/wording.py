"""Checks of words: hype, abbreviations, hard terms, advice, the length of the takeaway, the grade."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext

from research.checking.claims import Claim, Part
from research.checking.facts import Draft
from research.checking.findings import Finding, at, on_article
from research.checking.lexicon import entries, find_terms, pattern
from research.checking.readability import readability_of
from research.checking.sentences import split_sentences

MOST_TAKEAWAY_SENTENCES = 3
ABBREVIATION = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]{1,6}(?:-\d+)?(?=s?(?![\w]))")
ROMAN = re.compile(r"[IVX]+")
NO_HYPE = re.compile(r"\b(?:no|not|cannot|never|nor|without|un)\s+(?:an?\s+|yet\s+|be\s+)?$", re.IGNORECASE)
# How a text introduces the words for a hard one, before and after it.
INTRODUCED = re.compile(
    r"(?:[(\[]|\b(?:called|named|known\sas|termed|or|is\sthe\sterm|i\.e\.,?)\s(?:the\s|an?\s)?)[“\"‘']?$", re.IGNORECASE
)
EXPLAINED = re.compile(
    r"^[”\"’']?(?:s\b)?(?:\s\w+)?(?:\s?[(\[](?!\d)|,?\s(?:which|that\sis|meaning|means|short\sfor|stands\sfor)\b|,\s(?:or|an?|the|where|when)\s"
    r"|\s[–—-]\s|\s(?:is|are|was|were)\s(?:an?|the|when|a\stype|caused)\b|:\s)",
    re.IGNORECASE,
)
IN_BRACKETS_AFTER = re.compile(r"^s?\s\((?:[a-z]+[\s,]){2,}", re.IGNORECASE)

_TREATING = (
    r"(?:tak(?:e|ing)|start(?:ing)?|stop(?:ping)?|avoid(?:ing)?|try(?:ing)?|us(?:e|ing)|switch(?:ing)?|giv(?:e|ing|en)"
    r"|chang(?:e|ing)|increas(?:e|ing)|reduc(?:e|ing)|eat(?:ing)?|drink(?:ing)?|quit(?:ting)?|receiv(?:e|ing)|get(?:ting)?"
    r"|request(?:ing)?|consider(?:ing)?|ask(?:ing)?\s(?:\w+\s){1,3}for|be\s(?:offered|given|treated|prescribed))"
)
_WHOM = (
    r"(?:you|people|patients?|everyone|everybody|anyone|readers|parents|women|men|adults|children|doctors|those|they)"
)
ADVICE = re.compile(
    rf"\b{_WHOM}\b[^.;:]{{0,60}}\b(?:should|must|ought\sto|needs?\sto|ha(?:ve|s)\sto)\s(?:not\s|never\s|now\s|all\s|also\s)?{_TREATING}\b"
    rf"|\b(?:we|i)\s(?:strongly\s)?(?:recommend|advise)\b|\b(?:is|are)\s(?:strongly\s)?(?:recommended|advised)\sto\b"
    rf"|^(?:(?:if|when|once)\s[^,]{3, 60},\s)?(?:please\s)?(?:take|start|stop|avoid|try|switch\sto"
    rf"|talk\syour\s\w+\sinto|ask\syour\s\w+(?:\s\w+)?\s(?:for|to\sprescribe))\s"
    rf"|\b(?:should|must)\sbe\s(?:taken|started|stopped|avoided|given|offered|prescribed)\b",
    re.IGNORECASE,
)
# What a careful text says instead: change nothing on your own, or because of one study.
KEEPS_FROM_ACTING = re.compile(
    r"\b(?:nobody|no\sone|none)\b|\b(?:should|do|must)\s(?:not|never)\s(?:\w+\s){0,4}(?:without|because\sof|on\s(?:the\sbasis|your\sown))"
    r"|\bbefore\s(?:talking|speaking|asking|you\s(?:talk|speak|ask))|\b(?:without|before)\s(?:first\s)?(?:talking|speaking|asking)"
    r"|\bwhether\b",
    re.IGNORECASE,
)


def hype(draft: Draft) -> Iterator[Finding]:
    """Yield sentences with a word that promises much and that the source does not use itself."""
    theirs = draft.facts.words.lower()
    for claim in draft.claims:
        for found in pattern("hype.txt").finditer(claim.text):
            negated = NO_HYPE.search(claim.text[: found.start()])
            if not negated and found.group().lower() not in theirs:
                yield at(
                    claim,
                    "hype",
                    gettext("“%(group)s” is not the source's word.") % {"group": found.group()},
                    (found.group(),),
                )
                break


def abbreviations(draft: Draft) -> Iterator[Finding]:
    """Yield the sentences in which an abbreviation stands first, where no words explain it there."""
    known = set(entries("known-abbreviations.txt"))
    seen: set[str] = set()
    in_text = {
        found.group()
        for claim in draft.claims
        if claim.part != Part.TITLE
        for found in ABBREVIATION.finditer(claim.text)
    }
    for claim in draft.claims:
        if claim.text.isupper():
            continue
        unexplained = []
        for found in ABBREVIATION.finditer(claim.text):
            short = found.group()
            if short in seen:
                continue
            if claim.part != Part.TITLE:  # a title has no room: the text explains it
                seen.add(short)
            elif short in in_text:
                continue
            if not (short in known or ROMAN.fullmatch(short) or short.lower() in draft.explained_terms) and not (
                _is_explained(claim.text, *found.span())
            ):
                unexplained.append(short)
        if unexplained:
            message = gettext("%(unexplained)s: say the words first, with the short form in brackets.") % {
                "unexplained": ", ".join(unexplained)
            }
            yield at(claim, "abbreviation", message, tuple(unexplained))


def _is_explained(text: str, start: int, end: int) -> bool:
    return bool(INTRODUCED.search(text[:start]) or EXPLAINED.match(text[end:]))


def hard_terms(draft: Draft) -> Iterator[Finding]:
    """Yield sentences in which a medical term stands first, in neither glossary nor explained there."""
    for claim, terms in _first_uses(draft):
        hard = [text for text, start, end in terms if not _is_explained(claim.text, start, end)]
        if hard:
            terms_named = ", ".join(f"“{term}”" for term in hard)
            message = gettext("%(terms)s: explain it here, or put it into the glossary.") % {"terms": terms_named}
            yield at(claim, "hard_term", message, tuple(hard))


def plain_terms_first(draft: Draft) -> Iterator[Finding]:
    """Yield sentences in which a medical term comes before the words that explain it."""
    for claim, terms in _first_uses(draft):
        turned = [text for text, _, end in terms if IN_BRACKETS_AFTER.match(claim.text[end:])]
        if turned:
            message = gettext("Turn it round: the plain words first, then “%(turned)s” in brackets.") % {
                "turned": turned[0]
            }
            yield at(claim, "plain_term_first", message, tuple(turned))


def _first_uses(draft: Draft) -> Iterator[tuple[Claim, list[tuple[str, int, int]]]]:
    """Yield each sentence with the medical terms that stand in it for the first time."""
    seen: set[str] = set()
    for claim in draft.claims:
        terms = []
        for written, start, end in find_terms(claim.text, "hard-terms.txt", "more-hard-terms.txt"):
            term = written.lower()
            if term.rstrip("s") in seen or {term, term.rstrip("s")} & draft.explained_terms:
                continue
            seen.add(term.rstrip("s"))
            terms.append((written, start, end))
        if terms:
            yield claim, terms


def advice(draft: Draft) -> Iterator[Finding]:
    """Yield sentences that tell someone to start, stop or change a treatment."""
    for claim in draft.claims:
        found = ADVICE.search(claim.text)
        if found and not KEEPS_FROM_ACTING.search(claim.text) and claim.block_kind != "question":
            yield at(
                claim,
                "advice",
                gettext("“%(group)s” reads as advice to act.") % {"group": found.group().strip()},
                (found.group().strip(),),
            )


def takeaway_length(draft: Draft) -> Iterator[Finding]:
    """Yield one finding for a takeaway of more than three sentences."""
    takeaway = draft.in_parts(Part.TAKEAWAY)
    if len(takeaway) > MOST_TAKEAWAY_SENTENCES:
        text = " ".join(claim.text for claim in takeaway)
        message = gettext("The takeaway has %(takeaway)s sentences; three at most.") % {"takeaway": len(takeaway)}
        yield on_article("takeaway_length", message, text, field="key_takeaway")


def harder_than_source(draft: Draft) -> Iterator[Finding]:
    """Yield one hint where the summary reads harder than the abstract it explains."""
    ours = draft.readability.grades
    for source in draft.facts.texts:
        if source.kind != "abstract" or ours is None:
            continue
        theirs = readability_of([s for _, part in source.parts for s in split_sentences(part)]).grades
        if theirs and ours.flesch_kincaid > theirs.flesch_kincaid:
            message = gettext("Grade %(here)s here, %(there)s in the abstract.") % {
                "here": f"{ours.flesch_kincaid:.0f}",
                "there": f"{theirs.flesch_kincaid:.0f}",
            }
            yield on_article("harder_than_source", message, draft.text)
            return
