"""Which files count for an item: anybody may name it, not everybody delivers it."""

from __future__ import annotations

COUNTS = """
    NOT EXISTS (
        SELECT FROM resource stated
        JOIN package dataset ON dataset.id = stated.package_id
        JOIN satudata_item wanted ON wanted.id = c.item_id
        LEFT JOIN satudata_opd owing ON owing.org_id = wanted.org_id
        LEFT JOIN satudata_opd holding ON holding.org_id = dataset.owner_org
        WHERE stated.id = c.resource_id AND NOT coalesce(
            dataset.owner_org = ANY(owing.path) OR wanted.org_id = ANY(holding.path)
            OR dataset.owner_org = ANY(wanted.contributors)
            OR EXISTS (SELECT FROM satudata_item_owner passed
                       WHERE passed.item_id = wanted.id
                         AND dataset.owner_org IN (passed.from_org, passed.to_org)),
            false))
"""
"""SQL: whether the claim ``c`` counts for its item, as in the evaluation.

The file is of the producer, of one above or below it in the tree, of a contributor, or of one who
had the item before a succession. What a stranger states neither delivers a duty nor stands in the
way of its producer.
"""
