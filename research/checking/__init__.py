"""From an article's words and what is stored of its study: claims, passages that may support them, findings.

Pure functions: no network, no database, no models, no clock. ``checks.draft_of`` makes an article ready,
``checks.check_draft`` returns the findings, ``claims.claims_of`` its sentences, ``passages.find_passage`` the
place of a quote in a source, ``proposing.PassageIndex`` the passages that resemble a sentence, and
``readability.readability_of`` how hard the words are to read. Nothing here gates publishing.
"""
