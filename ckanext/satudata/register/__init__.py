"""Daftar Data items, their import, their match to datasets, and the obligations they make."""
