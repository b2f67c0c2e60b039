"""Personal data of the person in charge of an activity (MS-Keg 2.2), kept apart.

The inputs ``sd_pj_*`` of the form never reach core: they are taken off what is to be
saved before anybody looks at it and go into a table of their own in the transaction of
the save. So they are in no extra, and thereby in no API answer, search index, history,
export or harvest. Messages about them never repeat them, for core logs messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, FlattenDataDict, FlattenErrorDict, FlattenKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import object_session

from ..model_base import utcnow
from ..text import is_storable
from .kinds import KEGIATAN
from .model import Contact

PREFIX = "sd_pj_"
FIELDS = (
    "sd_pj_nama",
    "sd_pj_jabatan",
    "sd_pj_alamat",
    "sd_pj_telepon",
    "sd_pj_faksimile",
    "sd_pj_email",
)
"""The inputs, in the order of the form."""

_PENDING = "satudata_contact"
"""Context key of what was taken off and waits to be saved."""

_LONGEST = 1_000
_NUMBER = re.compile(r"([\d\s()+./,;:-]|ext|pes|psw)*", re.IGNORECASE)


def _column(name: str) -> str:
    return name.removeprefix("sd_")


@contextmanager
def kept_apart(context: Context, data_dict: DataDict) -> Iterator[None]:
    """Around core's save: take the personal data off, save them if it succeeds.

    An input that is not given stays as it is stored, one given empty is cleared. If the
    save is refused nothing is saved and the inputs stand in ``data_dict`` again, so the
    form shows what was typed.

    Raises ``ValidationError`` with the faults of the inputs, together with those of the
    other fields where core looked at any.
    """
    typed = take(data_dict)
    context[_PENDING] = typed
    try:
        yield
        if context.get(_PENDING):
            _save_alone(context, data_dict["id"])
    except toolkit.ValidationError:
        data_dict.update(typed)
        raise
    finally:
        context.pop(_PENDING, None)


def take(data_dict: DataDict) -> dict[str, Any]:
    """Remove every ``sd_pj_*`` from a dataset dict, however deep; the known ones are returned.

    A free extra of such a name counts as the input; in resources and below it is dropped.
    """
    taken: dict[str, Any] = {}
    extras = data_dict.get("extras")
    for row in extras if isinstance(extras, list) else []:
        if isinstance(row, dict) and row.get("key") in FIELDS and not row.get("deleted"):
            taken[row["key"]] = row.get("value")
    taken.update((name, data_dict[name]) for name in FIELDS if name in data_dict)
    _remove(data_dict)
    return taken


def _remove(data_dict: DataDict) -> None:
    waiting: list[Any] = [data_dict]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, dict):
            for key in [key for key in thing if _is_personal(key)]:
                del thing[key]
            waiting += thing.values()
        elif isinstance(thing, list):
            thing[:] = [
                one for one in thing if not (isinstance(one, dict) and _is_personal(one.get("key")))
            ]
            waiting += thing


def _is_personal(key: object) -> bool:
    return isinstance(key, str) and key.strip().lower().startswith(PREFIX)


def satudata_contact_faults(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Tell what is wrong with the personal data together with the faults of the other fields.

    A validator of the whole schema, since the values themselves have been taken off.
    """
    for name, message in _pending_faults(context).items():
        errors[(name,)] = [message]


def _pending_faults(context: Context) -> dict[str, str]:
    typed, package = context.get(_PENDING), context.get("package")
    if not typed or (package and package.type != KEGIATAN):
        return {}
    return faults(typed, read([package.id]).get(package.id, {}) if package else {})


def faults(typed: Mapping[str, Any], stored: Mapping[str, str]) -> dict[str, str]:
    """Messages by field about newly typed values; what was stored before is kept."""
    found = {name: _fault(name, typed[name]) for name in FIELDS if name in typed}
    return {
        name: message
        for name, message in found.items()
        if message and _clean(typed[name]) != stored.get(name, "")
    }


def _fault(name: str, value: Any) -> str | None:
    _ = toolkit._
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_storable(value):
        return _("Give one text.")
    if len(value) > _LONGEST:
        return _("Too long: at most {number} characters.").format(number=_LONGEST)
    if name == "sd_pj_email" and not _is_email(value.strip()):
        return _("This is no e-mail address. Example: name@city.go.id")
    if name in ("sd_pj_telepon", "sd_pj_faksimile") and not _NUMBER.fullmatch(value.strip()):
        return _("This is no telephone number. Example: (0561) 123456 ext. 12")
    return None


def _is_email(text: str) -> bool:
    try:
        toolkit.get_validator("email_validator")(text, {})
    except toolkit.Invalid:
        return False
    return True


def save_pending(context: Context, package_id: str) -> None:
    """Save what was taken off; core calls it in the transaction of the dataset's change."""
    typed = context.pop(_PENDING, None)
    package = model.Package.get(package_id) if typed else None
    if package is not None and package.type == KEGIATAN:
        write(package.id, typed, user_id(context))


def _save_alone(context: Context, package_id: str) -> None:
    """Save where core found nothing else to change: it asked no validator and wrote nothing."""
    wrong = _pending_faults(context)
    if wrong:
        raise toolkit.ValidationError({name: [message] for name, message in wrong.items()})
    save_pending(context, package_id)
    if not context.get("defer_commit"):
        model.repo.commit()


def user_id(context: Context) -> str | None:
    """Id of the user in whose name an action runs; None where there is none."""
    user = model.User.get(context.get("user"))
    return user.id if user else None


def write(package_id: str, typed: Mapping[str, Any], by: str | None) -> bool:
    """Store the given inputs in the present transaction, others stay; False: nothing new.

    Values are those that :func:`faults` lets pass. A contact of which nothing is left is
    deleted, so nothing tells that there was one.
    """
    before = read([package_id]).get(package_id) or dict.fromkeys(FIELDS, "")
    after = {**before, **{name: _clean(typed[name]) for name in FIELDS if name in typed}}
    if after == before:
        return False
    if not any(after.values()):
        _delete(model.Session, package_id)
        return True
    row = {_column(name): value for name, value in after.items()}
    row |= {"changed": utcnow(), "changed_by": by}
    model.Session.execute(
        insert(Contact)
        .values(package_id=package_id, **row)
        .on_conflict_do_update(index_elements=["package_id"], set_=row)
    )
    return True


def _clean(value: Any) -> str:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def read(package_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """The stored contacts by package id, as inputs (``sd_pj_nama``…); asks nobody's rights."""
    rows = model.Session.execute(
        sa.select(Contact.package_id, *(getattr(Contact, _column(name)) for name in FIELDS)).where(
            Contact.package_id.in_(list(package_ids))
        )
    )
    return {row[0]: dict(zip(FIELDS, row[1:], strict=True)) for row in rows}


def forget(entity: Any) -> None:
    """Delete the contact of a dataset that is purged; called for every change core reports."""
    if isinstance(entity, model.Package) and entity.type == KEGIATAN:
        state = sa.inspect(entity)
        if state.deleted or state.was_deleted:
            _delete(object_session(entity) or model.Session, entity.id)


def _delete(session: Any, package_id: str) -> None:
    session.execute(sa.delete(Contact).where(Contact.package_id == package_id))
