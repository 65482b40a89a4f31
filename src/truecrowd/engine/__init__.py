"""Runs every stage in order: events in, the contract's tables out."""
