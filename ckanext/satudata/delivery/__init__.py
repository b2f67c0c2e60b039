"""What the OPDs delivered: recorder, fact tables, events, content checks."""
