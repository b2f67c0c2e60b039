"""Rule sets in force, and the judging of every duty by them: the live result and its figures."""
