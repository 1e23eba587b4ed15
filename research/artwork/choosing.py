"""Which family suits an article."""

import random
from collections.abc import Sequence

from research.artwork.drawing import FAMILIES

# Which family suits which topic; a topic that is not here leaves the choice to the seed.
TOPIC_FAMILIES = {
    "cells": (
        "cell immune lymphocyte macrophage microglia astrocyte stem antibod virus epstein bacteria gut microbiome "
        "inflammation autoimmun"
    ),
    "fibres": "myelin nerve axon lesion brain spinal demyelination remyelination neuro optic sheath",
    "waves": (
        "sleep fatigue mood depression pain cognition memory thinking speech gait walking balance tremor spasticity "
        "rehabilitation exercise anxiety"
    ),
    "fields": "diet vitamin nutrition food sun environment population risk epidemiology gene region rural equity",
    "clocks": "relapse progression time age onset diagnosis early pregnancy child adolescent follow course prognosis",
    "rings": "treatment therapy drug trial vaccin care carer family support dignity quality work covid",
}


def family_for(topic_slugs: Sequence[str], seed: str) -> str:
    """Return the family that suits most of the topics, the seed choosing among equals."""
    votes = dict.fromkeys(FAMILIES, 0)
    for slug in topic_slugs:
        words = slug.lower().split("-")
        for family, hints in TOPIC_FAMILIES.items():
            votes[family] += sum(any(word.startswith(hint) for word in words) for hint in hints.split())
    best = max(votes.values())
    return random.Random(f"family/{seed}").choice([f for f in FAMILIES if votes[f] == best])  # noqa: S311 - drawing
