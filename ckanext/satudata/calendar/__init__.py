"""Triwulan, data periods, jadwal rilis, due dates, working days and local time.

Pure Python: this room imports neither CKAN nor SQLAlchemy.
"""
