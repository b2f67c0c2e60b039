"""Ranks, bands and the three award categories."""
