"""Rule sets on the command line: ``ckan satudata aturan``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ckan.model as model
import click
from ckan.common import config as ckan_config
from ckan.plugins import toolkit
from flask_babel import force_locale

from ..opd import permissions
from ..rules import keys
from ..rules.ruleset import RuleSetError, load_ruleset
from ..text import one_line
from .ruleset_actions import fault_text
from .ruleset_helpers import satudata_rule_label, satudata_rule_value, satudata_ruleset_state

__all__ = ["aturan"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])


@contextmanager
def _portal(ctx: click.Context) -> Iterator[None]:
    """Messages in the portal's language; what goes wrong ends with it and a non-zero exit."""
    locale = ckan_config["ckan.locale_default"]
    with ctx.meta["flask_app"].test_request_context(), force_locale(locale):
        try:
            yield
        except RuleSetError as error:
            raise click.ClickException(fault_text(error)) from error
        except toolkit.ObjectNotFound as error:
            raise click.ClickException(str(error.message)) from error
        except toolkit.ValidationError as error:
            model.Session.rollback()
            raise click.ClickException(one_line(error.error_summary)) from error


def _call(action: str, **data: Any) -> Any:
    return toolkit.get_action(action)({"user": permissions.site_user()}, data)


@click.group("aturan", short_help="Rule sets of the score.")
def aturan() -> None:
    """Look at, check, draft and sign the rule sets that judge the quarters."""


@aturan.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """All versions: hash, name, state, days, decree."""
    with _portal(ctx):
        for one in _call("satudata_ruleset_list"):
            state = satudata_ruleset_state(one["state"])["label"]
            days = f"{one['valid_from'] or '-'} .. {one['valid_to'] or '-'}"
            name = f"{one['name']} {one['version']}"
            click.echo(f"{one['hash'][:8]}  {name}  {state}  {days}  {one['decree'] or '-'}")


@aturan.command()
@click.argument("ruleset_hash", required=False)
@click.option("--quarter", help="The rules that judge this quarter, for example 2026-TW1.")
@click.option("--yaml", "as_yaml", is_flag=True, help="The text itself.")
@click.pass_context
def show(ctx: click.Context, ruleset_hash: str | None, quarter: str | None, as_yaml: bool) -> None:
    """Explain a rule set; without HASH the one that judges now."""
    with _portal(ctx):
        shown = _call("satudata_ruleset_show", hash=ruleset_hash, quarter=quarter)
        if as_yaml:
            click.echo(shown["source"], nl=False)
            return
        click.echo(f"{shown['name']} {shown['version']}  {shown['hash']}")
        for name, value in shown["values"].items():
            click.echo(f"{satudata_rule_label(name)}: {satudata_rule_value(name, value)}")


@aturan.command()
@click.argument("path", type=_FILE)
@click.pass_context
def check(ctx: click.Context, path: Path) -> None:
    """Say whether a YAML file is a usable rule set, and in what it differs from the present one."""
    with _portal(ctx):
        rules = load_ruleset(path)
        current = load_ruleset(_call("satudata_ruleset_show")["source"] + "\n")
        click.echo(f"OK  {rules.name} {rules.version}  {rules.hash}")
        for one in keys.differences(current, rules):
            before, after = (satudata_rule_value(one.name, v) for v in (one.before, one.after))
            click.echo(f"{satudata_rule_label(one.name)}: {before} -> {after}")


@aturan.command()
@click.argument("path", type=_FILE)
@click.pass_context
def create(ctx: click.Context, path: Path) -> None:
    """Keep a YAML file as a draft."""
    with _portal(ctx):
        source = path.read_text(encoding="utf-8", errors="replace")
        click.echo(_call("satudata_ruleset_create", source=source)["hash"])


@aturan.command()
@click.argument("ruleset_hash")
@click.option("--decree", help="Number of the decree; that of the text if not given.")
@click.option("--from", "valid_from", type=_DAY, help="First day; that of the text if not given.")
@click.option("--to", "valid_to", type=_DAY, help="Last day, if there is one.")
@click.option("--dated", type=_DAY, help="Date of the decree; today if not given.")
@click.option("--reason", required=True, help="Why these rules; it stands in the log.")
@click.pass_context
def sign(ctx: click.Context, ruleset_hash: str, reason: str, decree: str, **days: Any) -> None:
    """Put a rule set into force."""
    given = {name: day.date().isoformat() for name, day in days.items() if day}
    with _portal(ctx):
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
@click.pass_context
def delete(ctx: click.Context, ruleset_hash: str) -> None:
    """Throw a draft away."""
    with _portal(ctx):
        click.echo(_call("satudata_ruleset_delete", hash=ruleset_hash)["hash"])
