"""Trainings behind `isp train`: images in, weights out."""
