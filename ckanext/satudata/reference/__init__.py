"""Reference lists: area codes of both systems, fields of government, and their versions."""
