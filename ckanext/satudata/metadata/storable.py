"""Values that no database or page takes are refused by field, before core meets them.

A program can put NUL or half a character (a lone surrogate) into a text of JSON. PostgreSQL
refuses the one, UTF-8 the other, so core answers with a server error; escaped in the JSON of
a field with rows it would be stored, and break every page that shows it.
"""

from __future__ import annotations

import math
from typing import Any

from ckan.plugins import toolkit
from ckan.types import Context, DataDict

from ..text import is_storable


def check(action: str, context: Context, data_dict: DataDict) -> None:
    """Refuse a dataset to be saved that holds such a value, however deep.

    ``action`` is package_create or package_update.

    :raises toolkit.ValidationError: by field; the message does not repeat the value
    :raises toolkit.NotAuthorized: instead, for those who may not save
    """
    wrong = [name for name, value in data_dict.items() if not _can_be_stored([name, value])]
    if not wrong:
        return
    toolkit.check_access(action, context, data_dict)
    message = toolkit._("There is a sign in it that cannot be stored. Type the text anew.")
    # Core's summary of the errors of extras reads a dict each.
    raise toolkit.ValidationError(
        {name: [{"key": [message]}] if name == "extras" else [message] for name in wrong}
    )


def _can_be_stored(value: Any) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if not is_storable(one):
                return False
        elif isinstance(one, float):
            if not math.isfinite(one):
                return False
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
    return True
