"""Typed accessors of the declared options; no other module reads raw options."""

from __future__ import annotations

import datetime as dt

from ckan.plugins import toolkit


def root_organization() -> str | None:
    """Name or id of the organisation at the top of the tree; None: the only top-level one."""
    return toolkit.config["ckanext.satudata.root_organization"] or None


def timezone() -> str:
    """IANA name of the government's own time zone, e.g. ``Asia/Jakarta``."""
    return toolkit.config["ckanext.satudata.timezone"]


def public_leaderboard() -> bool:
    """Whether visitors who are not logged in see the leaderboard."""
    return toolkit.config["ckanext.satudata.public_leaderboard"]


def example_notice() -> str:
    """Text shown on every page of a portal with made-up data; empty on a real one."""
    return toolkit.config["ckanext.satudata.example_notice"]


def harvest_view() -> bool:
    """Whether search and show answers carry the derived national keys."""
    return toolkit.config["ckanext.satudata.harvest_view"]


def max_tree_depth() -> int:
    """Levels the organisation tree may have; core's role cascade ends after ten."""
    return toolkit.config["ckanext.satudata.max_tree_depth"]


def max_import_megabytes() -> int:
    """Largest file (structure, register, catalogue) that is accepted, in MB of 10⁶ bytes."""
    return toolkit.config["ckanext.satudata.max_import_megabytes"]


def min_completeness_public() -> int:
    """Per cent of mandatory metadata asked before a dataset is made public; 0: none."""
    return toolkit.config["ckanext.satudata.min_completeness_public"]


def match_threshold() -> int:
    """Score (0-100) from which a fuzzy match is suggested."""
    return toolkit.config["ckanext.satudata.match_threshold"]


def ruleset_file() -> str | None:
    """Path of the rule set; None: the one that ships with the plugin."""
    return toolkit.config["ckanext.satudata.ruleset_file"] or None


def _dates(option: str) -> frozenset[dt.date]:
    return frozenset(dt.date.fromisoformat(day) for day in toolkit.config[option])


def extra_holidays() -> frozenset[dt.date]:
    """Days off beside the national ones."""
    return _dates("ckanext.satudata.extra_holidays")


def removed_holidays() -> frozenset[dt.date]:
    """National holidays that are working days here."""
    return _dates("ckanext.satudata.removed_holidays")
