"""The scheming schemas, completeness and what the forms need."""
