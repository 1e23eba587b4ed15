"""Small made-up reference files, as a person would upload them."""

NBIB = """PMID- 99900001
TI  - A made up trial of one thing.
LID - 10.5555/madeup.1 [doi]
DP  - 2020 May
AU  - Nobody A
JT  - Journal of made up things

PMID- 99900002
TI  - A second made up trial.
DP  - 2021
JT  - Journal of made up things
"""

RIS = """TY  - JOUR
TI  - A made up trial of one thing
DO  - 10.5555/madeup.1
PY  - 2020
ER  -

TY  - JOUR
TI  - A second made up trial
DO  - 10.5555/madeup.2
PY  - 2021
ER  -

TY  - JOUR
TI  - A record without identifiers
PY  - 2019
ER  -
""".replace("ER  -\n", "ER  - \n")  # the format ends a record with a space
