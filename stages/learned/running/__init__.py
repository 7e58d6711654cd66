"""What every network needs to run: place and precision, threads side by side, weights on disk."""
