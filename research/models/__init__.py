"""The editorial domain. The order of imports is the order of dependence: pages come last.

Signatures come first: a dump lists models in this order, and what readers see is loaded only where its
signature stands.
"""

from research.models.signoffs import (  # isort: skip
    Contribution,
    ContributionPersonal,
    Receipt,
    SealChain,
    SealedContent,
    SignOff,
    SignOffPersonal,
)
from research.models.transparency import Checkpoint, CheckpointStamp, InclusionProof, TreeTile  # isort: skip
from research.models.signoffs import ContentRemovalRequest, Erasure  # isort: skip
from research.models.texts import PublishedText, SignableText  # isort: skip
from research.models.topics import Topic, TopicAddress, TopicMerge  # isort: skip
from research.models.people import Absence, Person  # isort: skip
from research.models.people import Role  # isort: skip
from research.models.references import FormerIdentifier, Journal, Study, StudyNotice  # isort: skip
from research.models.studies.joined import StudyMerge  # isort: skip
from research.models.watch import FullText, UnconfirmedNotice  # isort: skip
from research.models.reviews.submissions import ReviewDraft, ReviewReading, Submission  # isort: skip
from research.models.published import (  # isort: skip
    Credit,
    Listing,
    ListingCount,
    News,
    PublishedArticle,
    PublishedVersion,
    RelatedArticle,
)
from research.models.releases import (  # isort: skip
    BundleEntry,
    Release,
    ReleaseBundle,
    ReleaseChange,
)
from research.models.studies.appraisal import Appraisal  # isort: skip
from research.models.sections import TopicIndexPage  # isort: skip
from research.models.pages import (  # isort: skip
    AlsoCited,
    ArticleAuthor,
    ArticlePage,
    RelatedPick,
)
from research.models.explainers import (  # isort: skip
    ArticleNotice,
    Correction,
    Explainer,
    GlossaryTerm,
    NoticeWording,
    PageText,
)
from research.models.secret_links import PreviewLink  # isort: skip
from research.models.reports import FindingDismissal, ReaderReport, ReviewClock  # isort: skip
from research.models.watch import ImportJob, PeriodicJob, SourceCheck, SourceTask, StudyProposal  # isort: skip
from research.models.watch import SavedSearch, StudySuggestion  # isort: skip
from research.models.secret_links import BoardFeed  # isort: skip
from research.models.workflow import MedicalReviewState, MedicalReviewTask  # isort: skip
from research.models.reviews.blind import BlindAnswer, HeldNote, RatingGap  # isort: skip
from research.models.reviews.guests import GuestLink  # isort: skip

__all__ = [
    "Absence",
    "AlsoCited",
    "Appraisal",
    "ArticleAuthor",
    "ArticleNotice",
    "ArticlePage",
    "BlindAnswer",
    "BoardFeed",
    "BundleEntry",
    "Checkpoint",
    "CheckpointStamp",
    "ContentRemovalRequest",
    "Contribution",
    "ContributionPersonal",
    "Correction",
    "Credit",
    "Erasure",
    "Explainer",
    "FindingDismissal",
    "FormerIdentifier",
    "FullText",
    "GlossaryTerm",
    "GuestLink",
    "HeldNote",
    "ImportJob",
    "InclusionProof",
    "Journal",
    "Listing",
    "ListingCount",
    "MedicalReviewState",
    "MedicalReviewTask",
    "News",
    "NoticeWording",
    "PageText",
    "PeriodicJob",
    "Person",
    "PreviewLink",
    "PublishedArticle",
    "PublishedText",
    "PublishedVersion",
    "RatingGap",
    "ReaderReport",
    "Receipt",
    "RelatedArticle",
    "RelatedPick",
    "Release",
    "ReleaseBundle",
    "ReleaseChange",
    "ReviewClock",
    "ReviewDraft",
    "ReviewReading",
    "Role",
    "SavedSearch",
    "SealChain",
    "SealedContent",
    "SignOff",
    "SignOffPersonal",
    "SignableText",
    "SourceCheck",
    "SourceTask",
    "Study",
    "StudyMerge",
    "StudyNotice",
    "StudyProposal",
    "StudySuggestion",
    "Submission",
    "Topic",
    "TopicAddress",
    "TopicIndexPage",
    "TopicMerge",
    "TreeTile",
    "UnconfirmedNotice",
]
