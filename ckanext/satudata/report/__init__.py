"""What is read of a result: the report and its files, duties, arrears, years."""
