"""Detectors: frames to a defect map."""
