"""Screens around the claims of an article."""
