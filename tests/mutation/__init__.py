"""Mutation testing of the modules that keep the promise: ``make mutate``, which is no part of CI.

Ours, because mutmut 3.8 leaves every decorated function alone, and so whatever runs in ``transaction.atomic``, and
because it and cosmic-ray set up pytest, Django and the database anew for each mutant.
"""
