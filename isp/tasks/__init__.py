"""What the commands do: each task takes a scenario and writes its outputs."""
