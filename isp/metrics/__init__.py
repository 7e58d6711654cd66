"""Figures of merit: one family a file, functions on arrays; `catalogue` says what each means."""
