"""Taking over what a portal already holds under other names."""
