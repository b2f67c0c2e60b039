"""Rule set, scores, bands and headline status, in Python and as SQL from the same numbers.

Pure Python: this room imports neither CKAN nor SQLAlchemy.
"""
