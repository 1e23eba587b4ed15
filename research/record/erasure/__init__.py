"""Erasing people, and removing signed words: what goes, where else it stood, and what stays with its reason."""
