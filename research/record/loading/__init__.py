"""Articles of another system become drafts: a line of JSON each, checked as the editor checks, written in batches.

A loaded article is an unsigned draft like any other. Nothing here signs, plans or publishes.
"""
