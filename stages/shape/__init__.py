"""Shapes of defect clusters."""
