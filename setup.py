"""Packaging: metadata is in pyproject.toml, the mapped folders are here.

``schemas/`` and ``migration/`` lie at the top level and are mapped into the
package at build time; tracked symlinks do the same for editable installs.
"""

from setuptools import find_packages, setup

MAPPED = {
    "ckanext.satudata.schemas": "schemas",
    "ckanext.satudata.migration": "migration",
}

setup(
    packages=find_packages(include=["ckanext", "ckanext.*"]) + sorted(MAPPED),
    package_dir=MAPPED,
    namespace_packages=["ckanext"],
    package_data={
        "ckanext.satudata": [
            "config_declaration.yaml",
            "templates/**/*",
            "assets/**/*",
            "public/**/*",
            "i18n/**/*",
        ],
        **{name: ["**/*"] for name in MAPPED},
    },
    include_package_data=False,
    zip_safe=False,
    message_extractors={
        "ckanext": [
            ("**.py", "python", None),
            ("**.js", "javascript", None),
            ("**/templates/**.html", "ckan", None),
        ],
    },
)
