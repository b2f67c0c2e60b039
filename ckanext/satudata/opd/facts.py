"""Keeps ``satudata_opd``: the tree as jobs, the index and the score read it."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa

from .kinds import KINDS

_REFRESH = sa.text(
    """
    WITH RECURSIVE org AS (
        SELECT id, nullif(extras ->> 'sd_jenis_opd', '') AS kind,
               nullif(extras ->> 'sd_peran_sdi', '') AS sdi_role
        FROM "group"
        WHERE is_organization AND type = 'organization' AND state = 'active'
    ), link AS (
        -- one parent each: of several that a portal already had, the first by id
        SELECT m.group_id AS child, min(m.table_id) AS parent
        FROM member m
        JOIN org c ON c.id = m.group_id
        JOIN org p ON p.id = m.table_id
        WHERE m.table_name = 'group' AND m.state = 'active'
        GROUP BY m.group_id
    ), walk AS (
        SELECT org.id, NULL::text AS parent, ARRAY[org.id] AS path,
               CASE WHEN kind = ANY(:perangkat) THEN org.id END AS answers
        FROM org WHERE NOT EXISTS (SELECT FROM link WHERE link.child = org.id)
        UNION ALL
        SELECT org.id, walk.id, walk.path || org.id,
               CASE WHEN org.kind = ANY(:perangkat) THEN org.id ELSE walk.answers END
        FROM walk
        JOIN link ON link.parent = walk.id
        JOIN org ON org.id = link.child
    ) CYCLE id SET looped USING trail,
    fresh AS (
        -- what hangs in a ring made before us is not reached: it stands at the top
        SELECT org.id AS org_id, walk.parent AS parent_id,
               coalesce(walk.path, ARRAY[org.id]) AS path,
               cardinality(coalesce(walk.path, ARRAY[org.id])) - 1 AS level,
               org.kind, org.sdi_role,
               coalesce(walk.answers, org.id) AS answers_id,
               coalesce(org.kind <> ALL(:outside), true) AS scored
        FROM org LEFT JOIN walk ON walk.id = org.id AND NOT walk.looped
    ), gone AS (
        DELETE FROM satudata_opd o
        WHERE NOT EXISTS (SELECT FROM fresh WHERE fresh.org_id = o.org_id)
    )
    INSERT INTO satudata_opd AS o
        (org_id, parent_id, path, level, kind, sdi_role, answers_id, scored)
    SELECT org_id, parent_id, path, level, kind, sdi_role, answers_id, scored FROM fresh
    ON CONFLICT (org_id) DO UPDATE SET
        parent_id = excluded.parent_id, path = excluded.path, level = excluded.level,
        kind = excluded.kind, sdi_role = excluded.sdi_role,
        answers_id = excluded.answers_id, scored = excluded.scored,
        index_stale_since = CASE WHEN o.path <> excluded.path
                                 THEN now() ELSE o.index_stale_since END
    WHERE (o.parent_id, o.path, o.kind, o.sdi_role, o.answers_id, o.scored)
          IS DISTINCT FROM
          (excluded.parent_id, excluded.path, excluded.kind, excluded.sdi_role,
           excluded.answers_id, excluded.scored)
    """
)


def refresh() -> None:
    """Bring ``satudata_opd`` to what core's group tables say, in this transaction.

    Always a full rebuild in one statement, so that no order of changes can make
    it differ from the truth; rows whose path changed are marked for reindexing.
    """
    model.Session.flush()
    model.Session.execute(
        _REFRESH,
        {
            "perangkat": [code for code, kind in KINDS.items() if kind.perangkat],
            "outside": [code for code, kind in KINDS.items() if not kind.scored],
        },
    )
