"""A quarter from its opening to its frozen, proved and published record."""
