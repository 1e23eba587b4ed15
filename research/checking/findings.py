"""What a check says: the sentence, the rule, and why it matters with its source."""

from dataclasses import dataclass

from research.checking.claims import Claim, sentence_digest


@dataclass(frozen=True)
class Rule:
    """One check: ``asks`` what a person should look at; ``is_hint`` where it is advice on style only."""

    key: str
    title: str
    why: str
    source: str
    is_hint: bool = False


RULES = {
    rule.key: rule
    for rule in (
        Rule(
            "number_not_in_source",
            "Number not in the stored source",
            "A wrong figure is the error that readers act on and cannot see. It may stand in the full text: check"
            " there.",
            "Measured on 1,049 published pairs: 79 to 83% of the numbers of lay summaries stand in the abstract.",
        ),
        Rule(
            "numbers_swapped",
            "Numbers may belong to the other group",
            "The source gives these two numbers the other way round. Swapped groups turn benefit into harm.",
            "Own rule, measured by make check-rates.",
        ),
        Rule(
            "percentage_points",
            "Percent, or percentage points?",
            "From 7% to 4% is 3 percentage points, and 43% lower: “3% lower” says something else.",
            "AMA Manual of Style; NHS guide on numbers.",
        ),
        Rule(
            "species",
            "Animal or laboratory study told as if in people",
            "Readers with a disease take it as near to a treatment.",
            "Sumner 2014: 36% of press releases told animal studies as human.",
        ),
        Rule(
            "stronger_than_design",
            "Stronger than the design allows",
            "A study that only watched, or had no comparison, cannot show that one thing makes another. “Can” is no"
            " hedge.",
            "Lazarus 2015: 53% of abstracts of non-randomised studies used causal words; Sumner 2014: 33% of press"
            " releases.",
        ),
        Rule(
            "certainty_lost",
            "The source's doubt is lost",
            "The source says “may”, “low certainty” or “no clear difference”; the summary has no such word.",
            "GRADE informative statements; kept in 94 to 99% of present Cochrane summaries.",
        ),
        Rule(
            "relative_alone",
            "Relative risk alone",
            "“Half the risk” sounds the same for 50 in 100 and for 2 in a million: say from how many to how many.",
            "Cochrane Handbook, plain-language guidance; 38 to 50% of such sources hold an absolute figure.",
        ),
        Rule(
            "limits_missing",
            "No limit is told",
            "Without size, length or what it cannot show, readers trust a study more than its authors do.",
            "98% of present Cochrane summaries name one.",
        ),
        Rule(
            "harm_missing",
            "Harm is not mentioned",
            "The source speaks of side effects or safety and the summary does not.",
            "CONSORT Harms 2022; HealthNewsReview criterion 3.",
        ),
        Rule(
            "hype",
            "Word that promises much",
            "Promising words raise hope that the study does not support.",
            "Vinkers 2015; Schwitzer's seven words.",
        ),
        Rule(
            "abbreviation",
            "Abbreviation not explained",
            "Say the words at first use, with the short form in brackets.",
            "NHS A to Z of health writing.",
        ),
        Rule(
            "hard_term",
            "Hard word not explained",
            "A medical term that is neither in the glossary nor explained where it first stands.",
            "NIH Clear Communication; CDC Clear Communication Index.",
            is_hint=True,
        ),
        Rule(
            "plain_term_first",
            "Plain words first",
            "Readers who do not know the term stop at it: plain words first, the term in brackets.",
            "NHS content style guide.",
            is_hint=True,
        ),
        Rule(
            "money",
            "Money and interests not stated",
            "“Not stated” is not “none”: three answers are possible, none declared, declared, not stated.",
            "ICMJE; QUEST item on conflicts of interest.",
        ),
        Rule(
            "out_of_date",
            "May be out of date",
            "A newer version, a source over five years old or a review over a year old may say something else today.",
            "Record of the source; DISCERN question 5.",
        ),
        Rule(
            "source_status",
            "Something happened to the source",
            "A retracted, corrected or questioned study must not be told as if nothing had happened.",
            "COPE; NISO RP-45-2024.",
        ),
        Rule(
            "takeaway_length",
            "Takeaway longer than three sentences",
            "The takeaway is what people remember: three sentences at most.",
            "House rule.",
        ),
        Rule(
            "advice",
            "Advice to start, stop or change treatment",
            "One study never decides anyone's treatment. Point to the care team.",
            "House rule.",
        ),
        Rule(
            "unsupported",
            "Nothing in the stored source resembles it",
            "A sentence that tells a result needs a passage; four in ten summaries hold something the study does not"
            " say.",
            "Published comparisons of plain summaries with their sources; own rule, measured by make check-rates.",
        ),
        Rule(
            "passage_lost",
            "Its passage no longer stands in the source",
            "The source text changed after this sentence was linked to it: look at it again.",
            "The stored source text.",
        ),
        Rule(
            "origin_missing",
            "Number without an origin",
            "A drawing of people convinces more than a sentence: nobody should have to guess where its numbers are"
            " from.",
            "House rule.",
        ),
        Rule(
            "harder_than_source",
            "Harder to read than its source",
            "By grade this text is harder than the abstract it explains.",
            "Measured in 4% (Cochrane, present template) to 31% (PLOS author summaries) of pairs.",
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
