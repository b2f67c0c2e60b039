"""The plugin: it collects what the rooms offer and holds no rule of its own."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
from ckan.common import CKANConfig
from ckan.lib.plugins import DefaultTranslation
from ckan.plugins import toolkit
from ckan.types import Context

from . import rooms
from .delivery import recorder
from .exchange import harvest_view
from .metadata import contact, kinds
from .metadata import facets as metadata_facets
from .metadata import index as metadata_index
from .metadata import schema as metadata_schema
from .opd import index as opd_index


@toolkit.blanket.actions(rooms.actions)
@toolkit.blanket.auth_functions(rooms.auth_functions)
@toolkit.blanket.helpers(rooms.helpers)
@toolkit.blanket.validators(rooms.validators)
@toolkit.blanket.blueprints(rooms.blueprints)
@toolkit.blanket.cli(rooms.commands)
@toolkit.blanket.config_declarations
class SatudataPlugin(p.SingletonPlugin, DefaultTranslation):
    p.implements(p.IConfigurer)
    p.implements(p.IConfigurable)
    p.implements(p.ITranslation)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IDomainObjectModification, inherit=True)
    p.implements(p.ISignal)

    # IConfigurer
    def update_config(self, config: CKANConfig) -> None:
        toolkit.add_template_directory(config, "templates")
        toolkit.add_resource("assets", "satudata")
        rooms.import_models()

    # IConfigurable
    def configure(self, config: CKANConfig) -> None:
        metadata_schema.check_active()

    # ITranslation
    def i18n_domain(self) -> str:
        return "ckanext-satudata"

    # IFacets
    def dataset_facets(self, facets_dict: dict[str, Any], package_type: str) -> dict[str, Any]:
        return opd_index.extend_facets(metadata_facets.extend(facets_dict, package_type))

    def organization_facets(
        self, facets_dict: dict[str, Any], organization_type: str, package_type: str | None
    ) -> dict[str, Any]:
        return metadata_facets.extend(facets_dict, package_type or "dataset")

    # IPackageController
    def after_dataset_create(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        contact.save_pending(context, pkg_dict["id"])

    def after_dataset_update(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        contact.save_pending(context, pkg_dict["id"])

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        return opd_index.add_ancestors(metadata_index.add_fields(pkg_dict))

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        return kinds.leave_out_of_search(search_params)

    def after_dataset_search(
        self, search_results: dict[str, Any], search_params: dict[str, Any]
    ) -> dict[str, Any]:
        labelled = opd_index.label_items(metadata_facets.label_items(search_results))
        return harvest_view.add_to_results(labelled)

    # IDomainObjectModification
    def notify(self, entity: Any, operation: str) -> None:
        recorder.record(entity, operation)
        contact.forget(entity)

    # ISignal
    def get_signal_subscriptions(self) -> dict[Any, Any]:
        return rooms.subscriptions()
