"""Sentences that no call of gettext has: names made of the code, and words that are kept as they are.

What is signed or stored stays in the language it was written in, so its words are plain constants; the screens of the
newsroom say them in the language of whoever reads them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.utils.translation import override

ROOT = Path(__file__).parents[1]
# The models that have a screen, or a part of one.
ON_SCREEN = (
    "common.Image",
    "common.User",
    "home.Follower",
    "home.HomePage",
    "home.InfoPage",
    "home.SiteSettings",
    "research.AlsoCited",
    "research.Appraisal",
    "research.ArticleAuthor",
    "research.ArticleNotice",
    "research.ArticlePage",
    "research.BundleEntry",
    "research.Correction",
    "research.Explainer",
    "research.GlossaryTerm",
    "research.Journal",
    "research.MedicalReviewTask",
    "research.NoticeWording",
    "research.PageText",
    "research.Person",
    "research.ReaderReport",
    "research.RelatedPick",
    "research.Release",
    "research.ReleaseBundle",
    "research.SavedSearch",
    "research.Study",
    "research.StudyNotice",
    "research.Topic",
    "research.TopicIndexPage",
    "search.MissedSearch",
    "search.PromotedResult",
)
OF_MACHINES = re.compile(r"\b(id|uuid|ptr|hash|key|token|digest)$")
# A call in a script, with its one or two literal sentences.
SPOKEN = re.compile(r'(?<![\w.])(n?gettext)\(\s*("(?:[^"\\]|\\.)*")(?:\s*,\s*("(?:[^"\\]|\\.)*"))?')


def names() -> Iterator[str]:
    """Yield the names of models, fields and blocks as the code makes them."""
    from common.names import named_things

    with override(None):
        for label in ON_SCREEN:
            for thing, attribute in named_things(apps.get_model(label)):
                name = str(getattr(thing, attribute))
                if name and not OF_MACHINES.search(name):
                    yield name


def kept_words() -> Iterator[str]:
    """Yield the words that are stored or signed as they are, and said by the newsroom's screens."""
    from research import rubric
    from research.admin.reviewing.forms import STAKE_CHOICES
    from research.review.changes import PARTS
    from research.review.questions import ANSWER_WORDS, REVIEW_QUESTIONS

    yield from (*ANSWER_WORDS.values(), "no answer")
    yield from PARTS
    yield from (words for _, words in STAKE_CHOICES)
    for question in REVIEW_QUESTIONS:
        yield from (question.asks, question.look_for)
    for asked in (
        rubric.DESIGN,
        rubric.POPULATION,
        rubric.CHECKING,
        rubric.INTERESTS,
        rubric.OTHER_RESEARCH,
        rubric.REACH,
        rubric.ACTIONABLE,
        rubric.NOVELTY,
    ):
        yield from (choice.words for choice in asked.choices)


def of_scripts() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """Yield the sentences of the admin's scripts, each with its file."""
    for path in sorted((ROOT / "research" / "static").rglob("*.js")):
        for function, one, many in SPOKEN.findall(path.read_text(encoding="utf-8")):
            words = tuple(part[1:-1].replace('\\"', '"') for part in (one, many) if part)
            yield path.relative_to(ROOT).as_posix(), (words[0], words[1]) if function == "ngettext" else words[0]
