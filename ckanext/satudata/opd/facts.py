"""Keeps ``satudata_opd``: the tree as jobs, the index and the score read it."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa

from .. import locks
from .kinds import KINDS

_REFRESH = sa.text(
    """
    WITH RECURSIVE org AS (
        SELECT id, nullif(extras ->> 'sd_jenis_opd', '') AS kind,
               nullif(extras ->> 'sd_peran_sdi', '') AS sdi_role
        FROM "group"
        WHERE is_organization AND type = 'organization' AND state = 'active'
    ), link AS MATERIALIZED (
        -- one parent each: of several that a portal already had, the first by id
        SELECT group_id AS child, min(table_id) AS parent
        FROM member
        WHERE table_name = 'group' AND state = 'active'
          -- IS TRUE keeps this a hashed look-up whatever the planner expects
          AND (table_id IN (SELECT id FROM org)) IS TRUE
        GROUP BY group_id
    ), node AS MATERIALIZED (
        SELECT org.*, link.parent FROM org LEFT JOIN link ON link.child = org.id
    ), walk AS (
        SELECT id, parent, ARRAY[id] AS path,
               CASE WHEN kind = ANY(:perangkat) THEN id END AS answers
        FROM node WHERE parent IS NULL
        UNION ALL
        SELECT node.id, node.parent, walk.path || node.id,
               CASE WHEN node.kind = ANY(:perangkat) THEN node.id ELSE walk.answers END
        FROM walk JOIN node ON node.parent = walk.id
    ) CYCLE id SET looped USING trail,
    fresh AS (
        -- what hangs in a ring made before us is not reached: it stands at the top
        SELECT node.id AS org_id, walk.parent AS parent_id,
               coalesce(walk.path, ARRAY[node.id]) AS path,
               cardinality(coalesce(walk.path, ARRAY[node.id])) - 1 AS level,
               node.kind, node.sdi_role,
               coalesce(walk.answers, node.id) AS answers_id,
               coalesce(node.kind <> ALL(:outside), true) AS scored
        FROM node LEFT JOIN walk ON walk.id = node.id AND NOT walk.looped
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

# Names and titles count here, so this follows every refresh and not only a changed row above.
# A clock that was set back never puts a version before the one it follows.
_KEEP_VERSIONS = sa.text(
    """
    WITH last AS (
        SELECT DISTINCT ON (org_id) * FROM satudata_opd_version ORDER BY org_id, id DESC
    ), present AS (
        SELECT o.org_id, g.name, coalesce(nullif(g.title, ''), g.name) AS title, o.parent_id,
               o.path, o.level, o.kind, o.sdi_role, o.answers_id, o.scored
        FROM satudata_opd o JOIN "group" g ON g.id = o.org_id
    )
    INSERT INTO satudata_opd_version
        (at, org_id, name, title, parent_id, path, level, kind, sdi_role, answers_id, scored, gone)
    SELECT greatest(:at, last.at), p.*, false
    FROM present p LEFT JOIN last ON last.org_id = p.org_id
    WHERE last.org_id IS NULL OR last.gone
       OR (last.name, last.title, last.parent_id, last.path, last.kind, last.sdi_role,
           last.answers_id, last.scored)
          IS DISTINCT FROM
          (p.name, p.title, p.parent_id, p.path, p.kind, p.sdi_role, p.answers_id, p.scored)
    UNION ALL
    SELECT greatest(:at, at), org_id, name, title, parent_id, path, level, kind, sdi_role,
           answers_id, scored, true
    FROM last
    WHERE NOT gone AND NOT EXISTS (SELECT FROM present WHERE present.org_id = last.org_id)
    """
)


def refresh() -> None:
    """Bring ``satudata_opd`` to what core's group tables say, in this transaction.

    Always a full rebuild in one statement, so that no order of changes can make
    it differ from the truth; rows whose path changed are marked for reindexing.
    What changed, names and titles too, is kept as a version with the present moment.
    """
    model.Session.flush()
    model.Session.execute(
        _REFRESH,
        {
            "perangkat": [code for code, kind in KINDS.items() if kind.perangkat],
            "outside": [code for code, kind in KINDS.items() if not kind.scored],
        },
    )
    locks.share(locks.EVIDENCE)
    model.Session.execute(_KEEP_VERSIONS, {"at": locks.evidence_time()})
