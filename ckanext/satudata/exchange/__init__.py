"""What other portals read from us."""
