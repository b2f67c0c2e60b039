"""Pages of the rule sets: what they say, what a change would mean, drafts and signing."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit
from flask import Blueprint, Response

from ..pages import attachment, call, explain_refusals
from ..rules.example import example
from ..text import N_
from . import rulesets
from .ruleset_actions import MOST_BYTES

__all__ = ["satudata_rulesets"]

_ = toolkit._

satudata_rulesets = Blueprint("satudata_rulesets", __name__, url_prefix="/satudata/aturan")
explain_refusals(satudata_rulesets, N_("You may not do this. Log in as a member of the walidata."))

_SIGN_FIELDS = ("decree", "valid_from", "valid_to", "dated", "reason")


def _page(shown: dict[str, Any], **more: Any) -> str:
    rules = rulesets.parse(shown["source"])
    versions = call("satudata_ruleset_list")
    against = more.get("against") or ""
    return toolkit.render(
        "satudata/quarter/ruleset.html",
        {
            "shown": shown,
            "rules": rules,
            "example": example(rules),
            "versions": versions,
            "other": next((one for one in versions if one["hash"] == against), None),
            "entered": {},
            "errors": {},
            **more,
        },
    )


@satudata_rulesets.route("", strict_slashes=False)
def index(entered: dict[str, str] | None = None, errors: dict[str, Any] | None = None) -> str:
    """The rules of the current quarter in words, and all versions."""
    try:
        shown = call("satudata_ruleset_show")
    except toolkit.ValidationError as error:
        fault = " ".join(error.error_summary.values())
        return toolkit.render("satudata/quarter/ruleset_broken.html", {"fault": fault})
    return _page(shown, current=True, entered=entered or {}, errors=errors or {})


@satudata_rulesets.route("", methods=["POST"])
def create() -> Response | str:
    """Keep a draft, from a file or from text."""
    upload = toolkit.request.files.get("upload")
    source = toolkit.request.form.get("source", "")
    if upload and upload.filename:
        source = upload.read(MOST_BYTES + 1).decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        kept = call("satudata_ruleset_create", source=source)
    except toolkit.ValidationError as error:
        return index({"source": source}, error.error_dict)
    toolkit.h.flash_success(_("The draft has been kept. Try it on past quarters before signing."))
    return toolkit.redirect_to("satudata_rulesets.show", ruleset_hash=kept["hash"])


@satudata_rulesets.route("/<ruleset_hash>")
def show(
    ruleset_hash: str,
    entered: dict[str, str] | None = None,
    errors: dict[str, Any] | None = None,
) -> str:
    """One version; with ``?against=`` in what it differs from another."""
    against = toolkit.request.args.get("against", "")
    asked = {"against": against} if against else {}
    shown = call("satudata_ruleset_show", hash=ruleset_hash, **asked)
    return _page(shown, against=against, entered=entered or {}, errors=errors or {})


@satudata_rulesets.route("/<ruleset_hash>.yaml")
def source(ruleset_hash: str) -> Response:
    """The text of a version, as it was kept; ``baku``: of the one that applies now."""
    asked = {} if ruleset_hash == "baku" else {"hash": ruleset_hash}
    shown = call("satudata_ruleset_show", **asked)
    name = f"aturan-{shown['hash'][:8]}.yaml"
    return attachment(shown["source"].encode(), "application/yaml", name)


@satudata_rulesets.route("/<ruleset_hash>/tetapkan", methods=["POST"])
def sign(ruleset_hash: str) -> Response | str:
    """Put a version into force."""
    entered = {name: toolkit.request.form.get(name, "").strip() for name in _SIGN_FIELDS}
    try:
        call("satudata_ruleset_sign", hash=ruleset_hash, **entered)
    except toolkit.ValidationError as error:
        return show(ruleset_hash, entered, error.error_dict)
    toolkit.h.flash_success(_("The rule set is signed. Opened quarters keep the one they have."))
    return toolkit.redirect_to("satudata_rulesets.show", ruleset_hash=ruleset_hash)


@satudata_rulesets.route("/<ruleset_hash>/hapus", methods=["POST"])
def delete(ruleset_hash: str) -> Response:
    """Throw a draft away."""
    try:
        call("satudata_ruleset_delete", hash=ruleset_hash)
    except toolkit.ValidationError as error:
        toolkit.h.flash_error(" ".join(error.error_summary.values()))
        return toolkit.redirect_to("satudata_rulesets.show", ruleset_hash=ruleset_hash)
    toolkit.h.flash_success(_("The draft has been deleted."))
    return toolkit.redirect_to("satudata_rulesets.index")
