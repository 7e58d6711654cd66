"""Scenarios: one YAML file is one reproducible run."""
