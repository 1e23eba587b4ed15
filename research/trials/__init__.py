"""Benchmarks and replayed failures, in throw-away databases."""
