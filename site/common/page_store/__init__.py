"""The page store: whole answers for readers who are not signed in, kept in front of Django.

``door`` is the WSGI application that answers from the store, ``shown`` is what a page says of itself while it is
made, ``changes`` is what a change of the database says, ``stamps`` is how the two meet in every process of a machine.
docs/page-store.md tells the rules of freshness.
"""
