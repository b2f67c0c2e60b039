"""Starts the job after actions that may change the result."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit

from ..delivery.recorder import recorded
from ..register.imports import register_changed
from . import jobs, schedule

DATASETS = (
    "package_create", "package_update", "package_delete", "package_owner_org_update",
    "dataset_purge", "bulk_update_delete", "bulk_update_public", "bulk_update_private",
    "resource_create", "resource_update", "resource_delete",
)  # fmt: skip
"""Actions on datasets; a patch or a revision is an update inside. Whoever saves looks after the
schedule of the worker."""

TREE = (
    "organization_create", "organization_update", "organization_delete", "organization_purge",
)  # fmt: skip
LINKS = ("member_create", "member_delete")
REGISTER = ("satudata_item_schedule", "satudata_succession_create")
"""Actions that change the duties at once; an import tells when it is done."""

DECISIONS = (
    "satudata_waiver_create", "satudata_extension_create", "satudata_nihil_claim",
    "satudata_nihil_answer", "satudata_decision_revoke", "satudata_request_create",
)  # fmt: skip
"""Decisions about single duties; each has noted the organisations it concerns."""


def get_subscriptions() -> dict[Any, list[Any]]:
    """Receivers by signal."""
    by_sender = {
        **dict.fromkeys(DATASETS, schedule.arm_now_and_then),
        **dict.fromkeys(DECISIONS, decided),
        **dict.fromkeys(TREE, tree_changed),
        **dict.fromkeys(LINKS, link_changed),
        **dict.fromkeys(REGISTER, duties_changed),
    }
    return {
        recorded: [delivered],
        register_changed: [duties_changed],
        toolkit.signals.user_logged_in: [schedule.arm],
        toolkit.signals.action_succeeded: [
            {"sender": sender, "receiver": receiver} for sender, receiver in by_sender.items()
        ],
    }


def delivered(sender: Any, **kwargs: Any) -> None:
    """Compute what the recorder has noted: it tells once for each transaction, after its end."""
    jobs.enqueue("refresh")


def decided(sender: str, **kwargs: Any) -> None:
    """Compute the organisations that a decision has noted; a preview has noted none."""
    jobs.enqueue("refresh")


def tree_changed(sender: str, **kwargs: Any) -> None:
    """The figures are pooled over the tree."""
    jobs.enqueue("recompute")


def link_changed(sender: str, **kwargs: Any) -> None:
    """Members that are organisations make the tree; users do not matter."""
    if kwargs.get("data_dict", {}).get("object_type") == "group":
        jobs.enqueue("recompute")


def duties_changed(sender: str, **kwargs: Any) -> None:
    """Other duties make other results."""
    jobs.enqueue("recompute")
