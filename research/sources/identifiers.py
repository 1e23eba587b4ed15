"""DOI, PMID, ORCID and MeSH identifiers, in the one form they are stored and compared in."""

import re

from django.core.exceptions import ValidationError

DOI_PREFIXES = re.compile(r"^(?:(?:https?://)?(?:(?:dx|www)\.)?doi\.org/|doi(?::\s*|\s+))+", re.IGNORECASE)
DOI_SHAPE = re.compile(r"^10\.[0-9]{4,9}/\S+\Z")
PMID_SHAPE = re.compile(r"^[1-9][0-9]{0,8}\Z")
ORCID_SHAPE = re.compile(r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")


def normalise_doi(text: str) -> str:
    """Return a DOI in lower case, without resolver, ``doi:`` or a final period; "" for none."""
    before, doi = None, text.lower()
    while doi != before:  # one prefix may hide another, and a period a space
        before, doi = doi, DOI_PREFIXES.sub("", doi.strip()).rstrip(".")
    return doi


def normalise_pmid(text: str) -> str:
    """Return the digits of a PubMed identifier; "" for none."""
    return re.sub(r"^pmid:?\s*", "", text.strip(), flags=re.IGNORECASE)


def validate_doi(value: str) -> None:
    """Raise ValidationError unless this is a DOI, in whatever way it was written."""
    if not DOI_SHAPE.match(normalise_doi(value)):
        raise ValidationError("Enter a DOI such as 10.1000/xyz123.", code="invalid_doi")


def validate_pmid(value: str) -> None:
    """Raise ValidationError unless this is a PubMed identifier."""
    if not PMID_SHAPE.match(normalise_pmid(value)):
        raise ValidationError("Enter a PubMed number: digits only.", code="invalid_pmid")


def validate_orcid(value: str) -> None:
    """Raise ValidationError unless the ORCID has the right shape and check digit (ISO 7064)."""
    if not ORCID_SHAPE.match(value) or _orcid_check_digit(value) != value[-1]:
        raise ValidationError("Enter an ORCID such as 0000-0002-1825-0097.", code="invalid_orcid")


def _orcid_check_digit(orcid: str) -> str:
    total = 0
    for digit in orcid.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    remainder = (12 - total % 11) % 11
    return "X" if remainder == 10 else str(remainder)
