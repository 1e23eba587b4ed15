"""Servers for benchmarks: ours, and those that it is compared with."""
