"""Reading the datasets that hold foreign keys, set-wise, with flat memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import ckan.model as model
import sqlalchemy as sa

from ..metadata.stored_datasets import Stored, read, select


def datasets(extras: Iterable[str], columns: Iterable[str], after: str = "") -> Iterator[Stored]:
    """Active datasets that hold one of these extras or columns, by id, those after ``after``."""
    holds = [sa.func.jsonb_exists_any(model.Package.extras, sa.cast(list(extras), _TEXTS))]
    holds += [sa.func.coalesce(getattr(model.Package, name), "") != "" for name in columns]
    return read(
        select()
        .where(model.Package.type == "dataset", model.Package.id > after, sa.or_(*holds))
        .order_by(model.Package.id)
    )


_TEXTS = sa.ARRAY(sa.Text)
