"""The leaderboard as data: what the page prints, the API answers."""

from __future__ import annotations

from typing import Any

from ckan.logic import validate
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, Schema, Validator, ValidatorFactory

from ..calendar.quarters import Quarter
from ..report import heading, report
from ..report.report_actions import quarter_schema
from ..rules.ruleset import RuleSet
from . import queries, ranking

__all__ = ["satudata_leaderboard_show"]


@toolkit.validator_args
def _schema(ignore_missing: Validator, one_of: ValidatorFactory) -> Schema:
    return {**quarter_schema(), "part": [ignore_missing, one_of(list(queries.PARTS))]}


@toolkit.side_effect_free
@validate(_schema)
def satudata_leaderboard_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ranks, bands and category scores of one quarter.

    :param year: calendar year
    :param tw: quarter, 1 to 4
    :param span: ``cumulative`` (default) or ``quarter``
    :param part: only the tables of the ``offices`` or of their ``units``; else all
    :returns: where the quarter stands (:class:`..report.shapes.Head`), ``tables`` (peer groups,
        each with ``rows`` in order of rank and ``winners`` per category), ``rules`` (the numbers
        they follow); scores are 0–100 or null. It names organisations only, never a dataset.
    """
    toolkit.check_access("satudata_leaderboard_show", context, data_dict)
    span = data_dict["span"]
    head = heading.of(Quarter(data_dict["year"], data_dict["tw"]))
    rules = head.rules
    kinds = queries.PARTS.get(data_dict.get("part", ""))
    stamp = head.stamp if head.peers_fixed else None
    found = queries.judged(head.record, span, kinds=kinds, stamp=stamp)
    judged = {one.entry.org_id: one for one in found}
    tables = ranking.tables([one.entry for one in judged.values()], rules)
    return {
        **report.head_of(head, span),
        "cutoff": head.where.cutoff.isoformat(),
        "tables": [_table(table, judged, rules) for table in tables],
        "rules": _rules(rules),
    }


def _table(
    table: ranking.Table, judged: dict[str, queries.Judged], rules: RuleSet
) -> dict[str, Any]:
    def label(entry: ranking.Entry) -> dict[str, Any]:
        one = judged[entry.org_id]
        return {"id": entry.org_id, "name": one.name, "title": one.title}

    rows = [
        {
            **label(place.entry),
            "kind": judged[place.entry.org_id].kind,
            "band": judged[place.entry.org_id].band,
            "rank": place.rank,
            "reason": place.reason,
            "duties_per_year": place.entry.duties_per_year,
            "due": place.entry.due,
            "total": _score(place.entry.total),
            **{name: _score(getattr(place.entry, name)) for name in ranking.CATEGORIES},
        }
        for place in table.places
    ]
    winners = {
        category: [
            {**label(entry), "score": _score(getattr(entry, category))}
            for entry in ranking.winners(table, category, rules)
        ]
        for category in ranking.CATEGORIES
    }
    return {"pool": table.pool, "size": table.size, "rows": rows, "winners": winners}


def _score(value: Any) -> float | None:
    return None if value is None else float(value)


def _rules(rules: RuleSet) -> dict[str, Any]:
    return {
        "name": rules.name,
        "version": rules.version,
        "decree": rules.decree,
        "trial": rules.uji_coba,
        "hash": rules.hash,
        "weights": {part: float(weight) for part, weight in rules.weights.items()},
        "priority_weight": rules.priority_weight,
        "late_window_days": rules.late_window_days,
        "cutoff_days": rules.cutoff_days,
        "excluded_max": float(rules.excluded_max),
        "unmeasured_max": float(rules.awardable_unmeasured_max),
        "min_group": rules.min_group,
        "bands": [
            {"key": band.key, "from": float(band.start), "all_priority": bool(band.requires)}
            for band in rules.bands
        ],
        "groups": ranking.sizes(rules),
    }
