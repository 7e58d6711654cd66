"""The pipelines that the engine is measured against, each at its best."""
