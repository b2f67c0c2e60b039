"""What people decide of deliveries and results: verdicts, received dates, objections."""
