"""Screens of the record: studies and their sources, people, topics, shared texts, reports."""
