"""Four invented studies with their summaries, so that errors can be planted where no published pair lies at hand."""

from dataclasses import dataclass, field
from typing import Any

from research.checking.facts import StudyFacts
from research.checking.passages import SourceKind, SourceText
from research.content.article import ArticleContent, BlockContent, Citation, SectionContent


@dataclass(frozen=True)
class Example:
    """An invented study and a faithful summary of it."""

    title: str
    abstract: tuple[tuple[str, str], ...]
    headline: str
    summary: str
    takeaway: str
    found: tuple[str, ...]
    who: tuple[str, ...]
    limits: tuple[str, ...]
    appraisal: dict[str, Any] = field(default_factory=dict)
    mesh_terms: tuple[str, ...] = ("Humans",)

    @property
    def facts(self) -> StudyFacts:
        """What would be stored of the study."""
        return StudyFacts(self.title, (SourceText(SourceKind.ABSTRACT, self.abstract),), self.mesh_terms, year=2026)

    @property
    def content(self) -> ArticleContent:
        """The summary as sealed content."""
        return ArticleContent(
            title=self.headline,
            summary=self.summary,
            key_takeaway=f"<p>{self.takeaway}</p>",
            appraisal=self.appraisal,
            sections=(
                _section("what_they_found", self.found),
                _section("who_should_care", self.who),
                _section("important_considerations", self.limits),
            ),
            study=Citation(title=self.title, interests="None declared.", is_example=True),
        )


def _section(slug: str, paragraphs: tuple[str, ...]) -> SectionContent:
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return SectionContent(slug, (BlockContent("text", {"html": html}),))


EXAMPLES = (
    Example(
        title="Arvelidine for fatigue in relapsing multiple sclerosis: a randomised, placebo-controlled trial",
        abstract=(
            ("BACKGROUND", "Fatigue is common in multiple sclerosis. Whether arvelidine relieves it is unknown."),
            (
                "METHODS",
                "In 14 centres, 612 adults with relapsing multiple sclerosis were randomly assigned to arvelidine 40"
                " mg a day"
                " (n=308) or placebo (n=304) for 24 weeks. The primary outcome was a fall of 4 points on the fatigue"
                " scale.",
            ),
            (
                "RESULTS",
                "The outcome was reached by 43% of participants on arvelidine and 31% on placebo (risk ratio 1.39,"
                " 95% CI 1.12"
                " to 1.72). Relapses occurred in 18 of 308 people on arvelidine and 21 of 304 on placebo, which was"
                " not a"
                " significant difference. Adverse events led to withdrawal in 9% and 3%, respectively.",
            ),
            ("CONCLUSIONS", "Arvelidine may relieve fatigue over 24 weeks. Longer trials are needed."),
        ),
        headline="A tablet may ease fatigue in MS for some people",
        summary="In a trial with 612 adults, 43 in 100 felt clearly less tired with a tablet, and 31 in 100"
        " with a dummy pill.",
        takeaway="A tablet called arvelidine may ease fatigue in some people with relapsing MS. Some had to"
        " stop because of side"
        " effects.",
        found=(
            "The researchers put 612 adults with relapsing MS into two groups by chance. One group took arvelidine"
            " and the other"
            " took placebo for 24 weeks.",
            "With arvelidine, 43% of people were clearly less tired, and with placebo it was 31%. There was no clear"
            " difference"
            " in relapses: 18 of 308 people on arvelidine and 21 of 304 on placebo had one.",
            "Side effects made 9% of people on arvelidine stop, and 3% on placebo.",
        ),
        who=("People whose fatigue gets in the way of daily life may want to know about it. It is not approved yet.",),
        limits=(
            "The trial lasted 24 weeks, so nobody knows whether the effect lasts. More research is needed.",
            "Please do not change any treatment without talking to your care team.",
        ),
        appraisal={"design": "randomised_trial", "population": "people_outcome", "interests": "none"},
    ),
    Example(
        title="Smoking and disability progression in multiple sclerosis: a prospective cohort study",
        abstract=(
            ("OBJECTIVE", "To study whether smoking is associated with disability progression."),
            (
                "METHODS",
                "This cohort study followed 1,465 people with multiple sclerosis for a mean of 3.3 years; 257"
                " (17.5%) smoked.",
            ),
            (
                "RESULTS",
                "Disability progressed in 28% of smokers and in 19% of people who had never smoked. After adjustment"
                " smoking was"
                " associated with faster progression (hazard ratio 1.44). The association was weaker in men than in"
                " women.",
            ),
            ("CONCLUSIONS", "Smoking is associated with progression. Residual confounding is possible."),
        ),
        headline="Smoking is linked with faster worsening of MS",
        summary="In a study of 1,465 people, MS worsened more often in those who smoked. It cannot show that"
        " smoking was why.",
        takeaway="People with MS who smoked were more likely to get worse over about three years than people"
        " who never smoked."
        " The study cannot tell whether smoking was the reason.",
        found=(
            "The researchers followed 1,465 people with MS for just over three years. Of these, 257 smoked.",
            "MS worsened in 28% of the people who smoked and in 19% of the people who never did. Smoking was"
            " associated with"
            " faster progression. The link was weaker in men than in women.",
        ),
        who=("Anyone with MS who smokes, and those who care for them, may find this of interest.",),
        limits=(
            "This study only watched people, so it cannot prove that smoking makes MS worse. Other differences may"
            " explain it.",
        ),
        appraisal={"design": "prospective_cohort", "population": "people_outcome", "interests": "none"},
    ),
    Example(
        title="Blocking receptor GRX7 promotes remyelination in mice",
        abstract=(
            (
                "",
                "Remyelination fails in chronic lesions. We found that mice lacking GRX7 had 62% more remyelinated"
                " axons than"
                " control mice 21 days after demyelination. Treating adult mice with an antibody against GRX7"
                " increased the number"
                " of mature oligodendrocytes from 140 to 225 per square millimetre. These mouse data suggest that"
                " GRX7 could be a"
                " target for repair.",
            ),
        ),
        headline="Blocking one protein helped to repair myelin in mice",
        summary="Mice without a certain protein rebuilt more of the cover of their nerve fibres. It has not"
        " been tested in people.",
        takeaway="In mice, blocking a protein called GRX7 helped to rebuild myelin, the cover of nerve fibres."
        " Nobody knows yet"
        " whether this could work in people.",
        found=(
            "The researchers studied mice in which myelin, the fatty cover of nerve fibres, had been damaged. Mice"
            " that lack GRX7"
            " had 62% more fibres with a new cover after 21 days than other mice.",
            "When adult mice were given an antibody against GRX7, the number of the cells that make myelin rose from"
            " 140 to 225 in"
            " each square millimetre.",
        ),
        who=("This may interest people who follow research on repair. There is nothing to try yet.",),
        limits=(
            "Mice are not people, and many findings in mice could not be repeated in people. Much more research is"
            " needed.",
        ),
        appraisal={"design": "animal_study", "population": "animals", "interests": "none"},
        mesh_terms=("Animals", "Mice"),
    ),
    Example(
        title="Exercise for depressive symptoms in multiple sclerosis: a systematic review and meta-analysis",
        abstract=(
            ("BACKGROUND", "Depression is common in multiple sclerosis."),
            ("METHODS", "We searched five databases and included randomised trials of exercise against usual care."),
            (
                "RESULTS",
                "We included 26 trials with 1,187 participants. Depressive symptoms improved by 3 or more points in"
                " 36% of people"
                " who exercised and in 24% with usual care (low-certainty evidence). Harms were reported by 8"
                " trials; the number"
                " of falls was similar, 11 of 412 with exercise and 13 of 405 with usual care.",
            ),
            ("CONCLUSIONS", "Exercise may improve depressive symptoms. The evidence is uncertain."),
        ),
        headline="Exercise may lift low mood in MS, but the evidence is uncertain",
        summary="26 trials with 1,187 people suggest that exercise may help with low mood. How sure we can be is low.",
        takeaway="Exercise may ease low mood in people with MS. The trials were small and their certainty is low.",
        found=(
            "The researchers put together 26 trials with 1,187 people with MS. They compared exercise with usual care.",
            "Mood was better in 36 in 100 people who exercised and in 24 in 100 with usual care. Falls were about as"
            " common: 11 of"
            " 412 people with exercise and 13 of 405 with usual care. Only 8 trials looked at harms.",
        ),
        who=("People with MS who feel low, and those close to them, may want to ask their care team about it.",),
        limits=("The evidence is of low certainty. Most trials were short, and people knew which group they were in.",),
        appraisal={"design": "systematic_review", "population": "people_outcome", "interests": "none"},
    ),
)

# Sentences of invented abstracts that compare two groups, each with a faithful retelling.
RETOLD_COMPARISONS = (
    (
        "Relapse occurred in 24% of the active group and 37% of the placebo group.",
        "With placebo 37% had a relapse, and with the drug it was 24%.",
    ),
    (
        "The rate was 12.5% vs 20.1% in the treatment and control groups, respectively.",
        "In the control group 20.1% had it, compared with 12.5% of those treated.",
    ),
    (
        "Of patients receiving sham stimulation, 15% responded, compared with 42% of those receiving active"
        " stimulation.",
        "Active stimulation helped 42% of people, while sham stimulation helped 15%.",
    ),
    (
        "Falls were reported by 31% (95% CI 25 to 37) with exercise and 44% (38 to 50) with usual care.",
        "Some 44% of people with usual care had a fall, and 31% of those who exercised.",
    ),
    ("Prevalence was higher in women (8.2%) than in men (5.4%).", "It affected 5.4% of men and 8.2% of women."),
    (
        "In the placebo arm 60 of 300 (20%) progressed; with ocrelimab 36 of 301 (12%) did.",
        "It got worse in 12% of people on ocrelimab, against 20% on placebo.",
    ),
    (
        "Infections were seen in 9% of untreated and 16% of treated participants.",
        "Infections came up in 16% of treated people and in 9% of untreated ones.",
    ),
    (
        "Mortality was 3.1% with the intervention versus 4.9% with usual care (p=0.04).",
        "Usual care: 4.9% died. With the programme 3.1% died.",
    ),
    (
        "Pain relief was achieved by 55% on gabaxin, compared with 32% on placebo.",
        "About 55 in 100 had less pain with gabaxin, compared with 32 in 100 with placebo.",
    ),
    (
        "Vaccinated persons had an incidence of 1.2%, whereas it was 6.8% in unvaccinated persons.",
        "The disease came in 6.8% of unvaccinated people, but in only 1.2% of vaccinated people.",
    ),
    (
        "The response rates were 48% for the diet and 29% for the control diet.",
        "Instead of 29% with the control diet, 48% felt better with the new diet.",
    ),
    ("At one year 71% of boys and 64% of girls had recovered.", "Among girls 64% had recovered, among boys 71%."),
)
