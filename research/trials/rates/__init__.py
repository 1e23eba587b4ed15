"""How well the checks do: what they catch of planted errors, and how often they speak up on published texts.

Run by ``make check-rates``. The published pairs lie outside the project, at EVIDENCE_SAMPLES; without them the
planted errors are measured on the invented examples alone.
"""
