"""Daftar Data items, their import, their match to datasets, obligations."""
