"""Live result of a quarter and the compliance report."""
