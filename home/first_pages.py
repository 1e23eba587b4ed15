"""The information pages of a new site: real text, made from the rubric and from what the installation does."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.html import format_html, format_html_join

from home.site_setup import InfoWords
from research import rubric
from research.rubric.types import Band, Question

RUBRIC = rubric.RUBRICS[rubric.CURRENT_VERSION]


def first_pages(publication: str, condition: str) -> tuple[InfoWords, ...]:
    """Return the pages in the order in which the foot lists them; an editor makes them the publication's own."""
    return (
        _about(publication, condition),
        _how_we_rate(),
        _not_medical_advice(),
        _privacy(publication),
        _accessibility(publication),
        _contact(publication),
        _corrections(),
    )


def _about(publication: str, condition: str) -> InfoWords:
    body = format_html(
        "<p>{publication} explains research on {condition}, one study at a time: what was found, how far to trust it, "
        "and what it does not show.</p><h2>What we promise</h2><ul>"
        "<li>No medical text is public unless a medical reviewer has countersigned exactly those words.</li>"
        "<li>Nobody signs an article that they wrote.</li>"
        "<li>Each article has one rated source, and a link to it.</li>"
        "<li>When a study is corrected or retracted, the page says so.</li></ul>"
        "<p>A signature holds for {days} days. After that the article is due for another look, and says so.</p>",
        publication=publication,
        condition=condition,
        days=settings.REVIEW_VALID_DAYS,
    )
    return InfoWords("about", f"About {publication}", f"What {publication} is, and how an article is made.", body)


def _how_we_rate() -> InfoWords:
    body = format_html(
        "<h2>Credibility: {}</h2>{}<h2>What the words mean</h2><ul>{}</ul>"
        "<h2>Interest: {}</h2><p>Interest says how much a study may matter to readers. It never changes the "
        "credibility rating.</p>{}<ul>{}</ul>",
        _weight(RUBRIC.credibility),
        _questions(RUBRIC.credibility),
        _bands(RUBRIC.credibility_bands),
        _weight(RUBRIC.interest),
        _questions(RUBRIC.interest),
        _bands(RUBRIC.interest_bands),
    )
    intro = "Each article carries two ratings: how far to trust the study, and how much it may matter to readers."
    return InfoWords("how-we-rate", "How we rate studies", intro, body)


def _weight(questions: tuple[Question, ...]) -> str:
    return f"{len(questions)} questions, {sum(question.max_points for question in questions)} points"


def _questions(questions: Iterable[Question]) -> str:
    return format_html_join("", "<p><strong>{}</strong> Up to {} points.</p>{}", (_question(q) for q in questions))


def _question(question: Question) -> tuple[str, int, str]:
    choices = format_html_join("", "<li>{}: {}</li>", ((choice.points, choice.words) for choice in question.choices))
    return question.asks, question.max_points, format_html("<ul>{}</ul>", choices) if choices else ""


def _bands(bands: Iterable[Band]) -> str:
    rows = ((band.word, band.value, band.from_points, band.meaning) for band in bands)
    return format_html_join("", "<li><strong>{}</strong> ({}), from {} points: {}</li>", rows)


def _not_medical_advice() -> InfoWords:
    return InfoWords(
        "not-medical-advice",
        "Not medical advice",
        "These pages summarise research. They cannot replace someone who knows you.",
        "<p>A study says what happened to the people in it. It does not say what will happen to you. Do not start, "
        "stop or change a treatment because of something you read here: talk about it with someone who treats you."
        "</p><p>In an emergency, call your local emergency number.</p>",
    )


def _privacy(publication: str) -> InfoWords:
    return InfoWords(
        "privacy",
        "Privacy",
        f"What {publication} stores about its readers.",
        "<p>You can read everything here without an account. The pages load nothing from other companies: no "
        "advertising, no counters, no fonts or scripts from elsewhere.</p><h2>What is stored</h2><ul>"
        "<li>If you report a problem, we store what you write and, if you give it, your address, so that we can "
        "answer.</li><li>If you follow us by mail, we store your address and what you chose, until you end it by the "
        "link in each mail: then both are deleted at once. We do not know whether you open a mail.</li>"
        "<li>Reading and these forms set no cookie.</li>"
        "<li>People of the newsroom who sign in have a session cookie.</li></ul>"
        "<p>To see or delete what we hold about you, write to us: the address is on the Contact page.</p>",
    )


def _accessibility(publication: str) -> InfoWords:
    return InfoWords(
        "accessibility",
        "Accessibility",
        "How to use this site, and how to tell us of barriers.",
        "<p>We aim at level AA of the Web Content Accessibility Guidelines 2.2. The pages work with a keyboard and a "
        "screen reader, without JavaScript, at any text size, on light and on dark screens. Ratings are words and "
        "numbers, never a colour alone. Pictures that say something have words that say the same.</p>"
        f"<p>If something keeps you from reading {publication}, tell us: the address is on the Contact page.</p>",
    )


def _contact(publication: str) -> InfoWords:
    return InfoWords(
        "contact",
        "Contact",
        "How to reach us, and how to report a problem.",
        "<p>If something in an article is wrong, use “Report a problem” at its end: it reaches the editors with the "
        "article named.</p>"
        f"<p>For anything else, write to the editors of {publication} at {settings.DEFAULT_FROM_EMAIL}.</p>",
    )


def _corrections() -> InfoWords:
    return InfoWords(
        "corrections",
        "Corrections",
        "What we do when something was wrong.",
        "<p>A correction stands on the article, with its date and what was wrong. The corrected words are "
        "countersigned anew before they are public.</p><p>When the study behind an "
        "article is retracted, the article says so at its "
        "head and leaves our lists. When we cannot stand behind an article, we take it down at once.</p>",
        lists_corrections=True,
    )
