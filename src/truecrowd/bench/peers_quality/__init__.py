"""Detection quality beside peers: the same rows for all, each judged only at the levels it speaks at."""
