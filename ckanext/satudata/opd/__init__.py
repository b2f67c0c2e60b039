"""The organisation tree, aliases, officers and the permission vocabulary."""
