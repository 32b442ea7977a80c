"""Words by rules: the same question has the same answer, and nothing is invented."""
