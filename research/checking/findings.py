"""What a check says: the sentence, the rule, and why it matters with its source."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from common.words import Words
from research.checking.claims import Claim, sentence_digest


@dataclass(frozen=True)
class Rule:
    """One check: ``asks`` what a person should look at; ``is_hint`` where it is advice on style only."""

    key: str
    title: Words
    why: Words
    source: Words
    is_hint: bool = False


RULES = {
    rule.key: rule
    for rule in (
        Rule(
            "number_not_in_source",
            _("Number not in the stored source"),
            _(
                "A wrong figure is the error that readers act on and cannot see. It may stand in the full text: check"
                " there."
            ),
            _("Measured on 1,049 published pairs: 79 to 83% of the numbers of lay summaries stand in the abstract."),
        ),
        Rule(
            "numbers_swapped",
            _("Numbers may belong to the other group"),
            _("The source gives these two numbers the other way round. Swapped groups turn benefit into harm."),
            _("Own rule, measured by make check-rates."),
        ),
        Rule(
            "percentage_points",
            _("Percent, or percentage points?"),
            _("From 7% to 4% is 3 percentage points, and 43% lower: “3% lower” says something else."),
            _("AMA Manual of Style; NHS guide on numbers."),
        ),
        Rule(
            "species",
            _("Animal or laboratory study told as if in people"),
            _("Readers with a disease take it as near to a treatment."),
            _("Sumner 2014: 36% of press releases told animal studies as human."),
        ),
        Rule(
            "stronger_than_design",
            _("Stronger than the design allows"),
            _(
                "A study that only watched, or had no comparison, cannot show that one thing makes another. “Can” is no"
                " hedge."
            ),
            _(
                "Lazarus 2015: 53% of abstracts of non-randomised studies used causal words; Sumner 2014: 33% of press"
                " releases."
            ),
        ),
        Rule(
            "certainty_lost",
            _("The source's doubt is lost"),
            _("The source says “may”, “low certainty” or “no clear difference”; the summary has no such word."),
            _("GRADE informative statements; kept in 94 to 99% of present Cochrane summaries."),
        ),
        Rule(
            "relative_alone",
            _("Relative risk alone"),
            _("“Half the risk” sounds the same for 50 in 100 and for 2 in a million: say from how many to how many."),
            _("Cochrane Handbook, plain-language guidance; 38 to 50% of such sources hold an absolute figure."),
        ),
        Rule(
            "limits_missing",
            _("No limit is told"),
            _("Without size, length or what it cannot show, readers trust a study more than its authors do."),
            _("98% of present Cochrane summaries name one."),
        ),
        Rule(
            "harm_missing",
            _("Harm is not mentioned"),
            _("The source speaks of side effects or safety and the summary does not."),
            _("CONSORT Harms 2022; HealthNewsReview criterion 3."),
        ),
        Rule(
            "hype",
            _("Word that promises much"),
            _("Promising words raise hope that the study does not support."),
            _("Vinkers 2015; Schwitzer's seven words."),
        ),
        Rule(
            "abbreviation",
            _("Abbreviation not explained"),
            _("Say the words at first use, with the short form in brackets."),
            _("NHS A to Z of health writing."),
        ),
        Rule(
            "hard_term",
            _("Hard word not explained"),
            _("A medical term that is neither in the glossary nor explained where it first stands."),
            _("NIH Clear Communication; CDC Clear Communication Index."),
            is_hint=True,
        ),
        Rule(
            "plain_term_first",
            _("Plain words first"),
            _("Readers who do not know the term stop at it: plain words first, the term in brackets."),
            _("NHS content style guide."),
            is_hint=True,
        ),
        Rule(
            "money",
            _("Money and interests not stated"),
            _("“Not stated” is not “none”: three answers are possible, none declared, declared, not stated."),
            _("ICMJE; QUEST item on conflicts of interest."),
        ),
        Rule(
            "out_of_date",
            _("May be out of date"),
            _(
                "A newer version, a source over five years old or a review over a year old may say something else "
                "today."
            ),
            _("Record of the source; DISCERN question 5."),
        ),
        Rule(
            "source_status",
            _("Something happened to the source"),
            _("A retracted, corrected or questioned study must not be told as if nothing had happened."),
            _("COPE; NISO RP-45-2024."),
        ),
        Rule(
            "takeaway_length",
            _("Takeaway longer than three sentences"),
            _("The takeaway is what people remember: three sentences at most."),
            _("House rule."),
        ),
        Rule(
            "advice",
            _("Advice to start, stop or change treatment"),
            _("One study never decides anyone's treatment. Point to the care team."),
            _("House rule."),
        ),
        Rule(
            "unsupported",
            _("Nothing in the stored source resembles it"),
            _(
                "A sentence that tells a result needs a passage; four in ten summaries hold something the study does "
                "not say."
            ),
            _("Published comparisons of plain summaries with their sources; own rule, measured by make check-rates."),
        ),
        Rule(
            "passage_lost",
            _("Its passage no longer stands in the source"),
            _("The source text changed after this sentence was linked to it: look at it again."),
            _("The stored source text."),
        ),
        Rule(
            "origin_missing",
            _("Number without an origin"),
            _(
                "A drawing of people convinces more than a sentence: nobody should have to guess where its numbers are"
                " from."
            ),
            _("House rule."),
        ),
        Rule(
            "harder_than_source",
            _("Harder to read than its source"),
            _("By grade this text is harder than the abstract it explains."),
            _("Measured in 4% (Cochrane, present template) to 31% (PLOS author summaries) of pairs."),
            is_hint=True,
        ),
    )
}


@dataclass(frozen=True)
class Finding:
    """One thing to look at.

    ``key`` is what "not a problem because …" is kept under: the rule with the digest of the sentence, or, for
    a finding on the whole article, of what it is about; so it comes back only when that changes. ``field`` is
    the path of the field in sealed content, "" for the whole article.
    """

    rule: Rule
    message: str
    key: str
    sentence: str = ""
    field: str = ""
    words: tuple[str, ...] = ()


def at(claim: Claim, rule: str, message: str, words: tuple[str, ...] = ()) -> Finding:
    """Return a finding at a sentence."""
    return Finding(RULES[rule], message, f"{rule}:{claim.key}", claim.text, claim.field, words)


def on_article(rule: str, message: str, about: str, field: str = "") -> Finding:
    """Return a finding on the whole article.

    Args:
        rule: a key of RULES.
        message: what was found.
        about: what it rests on; when this changes, a dismissed finding comes back.
        field: where to mend it, if there is one place.
    """
    return Finding(RULES[rule], message, f"{rule}:{sentence_digest(about)}", field=field)
