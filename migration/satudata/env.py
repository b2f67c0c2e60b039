"""Alembic environment of the plugin: own version table, own tables only."""

from __future__ import annotations

from logging.config import fileConfig

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

NAME = "satudata"
VERSION_TABLE = f"{NAME}_alembic_version"

config = context.config
# Existing loggers stay: a migration in a running process must not silence them.
fileConfig(config.config_file_name, disable_existing_loggers=False)


def include_object(obj, object_name, object_type, reflected, compare_to):
    """Only tables of this plugin take part in autogenerate."""
    return object_type != "table" or object_name.startswith(NAME)


def run_migrations_offline():
    """Write the SQL of the migrations without a connection."""
    context.configure(
        url=config.get_main_option("sqlalchemy.url"),
        target_metadata=metadata,
        literal_binds=True,
        version_table=VERSION_TABLE,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    """Run the migrations on the portal's database."""
    engine = engine_from_config(
        config.get_section(config.config_ini_section),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=VERSION_TABLE,
            include_object=include_object,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
