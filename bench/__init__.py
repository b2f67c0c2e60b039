"""Benchmarks that print ratios: `make bench`. A ratio holds on any machine, a time does not."""
