"""Finds, explains and preserves evidence of manufactured crowds in live-stream commerce."""
