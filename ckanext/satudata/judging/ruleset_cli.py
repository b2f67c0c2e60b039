"""Rule sets on the command line: ``ckan satudata aturan``."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import click
from ckan.plugins import toolkit

from ..opd import permissions
from ..rules import keys
from ..rules.ruleset import RuleSetError, load_ruleset
from ..terminal import in_portal
from .ruleset_actions import fault_text
from .ruleset_helpers import satudata_rule_label, satudata_rule_value, satudata_ruleset_state

__all__ = ["aturan"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_in_portal = functools.partial(in_portal, {RuleSetError: fault_text})


def _call(action: str, **data: Any) -> Any:
    return toolkit.get_action(action)({"user": permissions.site_user()}, data)


@click.group("aturan", short_help="Rule sets of the score.")
def aturan() -> None:
    """Look at, check, draft and sign the rule sets that judge the quarters."""


@aturan.command("list")
def list_() -> None:
    """All versions: hash, name, state, days, decree."""
    with _in_portal():
        for one in _call("satudata_ruleset_list"):
            state = satudata_ruleset_state(one["state"])["label"]
            days = f"{one['valid_from'] or '-'} .. {one['valid_to'] or '-'}"
            name = f"{one['name']} {one['version']}"
            click.echo(f"{one['hash'][:8]}  {name}  {state}  {days}  {one['decree'] or '-'}")


@aturan.command()
@click.argument("ruleset_hash", required=False)
@click.option("--quarter", help="The rules that judge this quarter, for example 2026-TW1.")
@click.option("--yaml", "as_yaml", is_flag=True, help="The text itself.")
def show(ruleset_hash: str | None, quarter: str | None, as_yaml: bool) -> None:
    """Explain a rule set; without HASH the one that judges now."""
    with _in_portal():
        shown = _call("satudata_ruleset_show", hash=ruleset_hash, quarter=quarter)
        if as_yaml:
            click.echo(shown["source"], nl=False)
            return
        click.echo(f"{shown['name']} {shown['version']}  {shown['hash']}")
        for name, value in shown["values"].items():
            click.echo(f"{satudata_rule_label(name)}: {satudata_rule_value(name, value)}")


@aturan.command()
@click.argument("path", type=_FILE)
def check(path: Path) -> None:
    """Say whether a YAML file is a usable rule set, and in what it differs from the present one."""
    with _in_portal():
        rules = load_ruleset(path)
        current = load_ruleset(_call("satudata_ruleset_show")["source"] + "\n")
        click.echo(f"OK  {rules.name} {rules.version}  {rules.hash}")
        for one in keys.differences(current, rules):
            before, after = (satudata_rule_value(one.name, v) for v in (one.before, one.after))
            click.echo(f"{satudata_rule_label(one.name)}: {before} -> {after}")


@aturan.command()
@click.argument("path", type=_FILE)
def create(path: Path) -> None:
    """Keep a YAML file as a draft."""
    with _in_portal():
        source = path.read_text(encoding="utf-8", errors="replace")
        click.echo(_call("satudata_ruleset_create", source=source)["hash"])


@aturan.command()
@click.argument("ruleset_hash")
@click.option("--decree", help="Number of the decree; that of the text if not given.")
@click.option("--from", "valid_from", type=_DAY, help="First day; that of the text if not given.")
@click.option("--to", "valid_to", type=_DAY, help="Last day, if there is one.")
@click.option("--dated", type=_DAY, help="Date of the decree; today if not given.")
@click.option("--reason", required=True, help="Why these rules; it stands in the log.")
def sign(ruleset_hash: str, reason: str, decree: str, **days: Any) -> None:
    """Put a rule set into force."""
    given = {name: day.date().isoformat() for name, day in days.items() if day}
    with _in_portal():
        signed = _call(
            "satudata_ruleset_sign",
            hash=ruleset_hash,
            reason=reason,
            decree=decree or "",
            **given,
        )
        click.echo(f"{signed['hash'][:8]}  {signed['valid_from']} .. {signed['valid_to'] or '-'}")


@aturan.command()
@click.argument("ruleset_hash")
def delete(ruleset_hash: str) -> None:
    """Throw a draft away."""
    with _in_portal():
        click.echo(_call("satudata_ruleset_delete", hash=ruleset_hash)["hash"])
