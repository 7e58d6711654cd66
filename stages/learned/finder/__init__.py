"""The network that finds defects in one frame: its views, its training, its inference."""
