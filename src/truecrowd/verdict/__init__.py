"""From scores, findings and coverage to verdicts and shares."""
