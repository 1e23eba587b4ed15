import pytest
from django.core.exceptions import ValidationError

from research.sources.identifiers import normalise_doi, normalise_pmid, validate_doi, validate_orcid, validate_pmid


@pytest.mark.parametrize(
    "written",
    [
        "10.1000/ABC",
        "https://doi.org/10.1000/abc",
        "http://dx.doi.org/10.1000/abc",
        "HTTPS://DOI.ORG/10.1000/abc",
        "doi:10.1000/abc",
        "DOI: 10.1000/abc",
        " 10.1000/abc. ",
        "10.1000/abc.",
    ],
)
def test_a_doi_has_one_form_however_it_was_written(written):
    assert normalise_doi(written) == "10.1000/abc"


@pytest.mark.parametrize("written", ["29999999", " 29999999 ", "PMID: 29999999", "pmid29999999"])
def test_a_pmid_is_its_digits(written):
    assert normalise_pmid(written) == "29999999"


@pytest.mark.parametrize("normalise", [normalise_doi, normalise_pmid])
def test_no_identifier_stays_none(normalise):
    assert normalise("  ") == ""


@pytest.mark.parametrize("value", ["abc", "10.1/x", "10.1000/", "10.1000/a b", "https://example.org/10.1000/abc"])
def test_what_is_no_doi_is_refused(value):
    with pytest.raises(ValidationError):
        validate_doi(value)


@pytest.mark.parametrize("value", ["0", "01234", "12a", "-5", "1234567890", "١٢٣"])
def test_what_is_no_pmid_is_refused(value):
    with pytest.raises(ValidationError):
        validate_pmid(value)


@pytest.mark.parametrize("value", ["10.1000/xyz123", "10.1002/(SICI)1097-0142(19990101)85:1<1::AID-CNCR1>3.0.CO;2-1"])
def test_a_doi_is_accepted(value):
    validate_doi(value)


@pytest.mark.parametrize("value", ["0000-0002-1825-0097", "0000-0002-1694-233X"])
def test_an_orcid_with_its_check_digit_is_accepted(value):
    validate_orcid(value)


@pytest.mark.parametrize(
    "value", ["0000-0002-1825-0098", "0000-0002-1694-2330", "0000000218250097", "https://orcid.org/0000-0002-1825-0097"]
)
def test_an_orcid_of_the_wrong_shape_or_digit_is_refused(value):
    with pytest.raises(ValidationError):
        validate_orcid(value)
