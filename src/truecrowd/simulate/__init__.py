"""Honest and faked rooms with known truth; blind to how anybody looks for them."""

from truecrowd.simulate.presets import PRESETS, WORLDS, Simulated, simulate
from truecrowd.simulate.room import Chunk
from truecrowd.simulate.truth import TRUTH

__all__ = ["PRESETS", "TRUTH", "WORLDS", "Chunk", "Simulated", "simulate"]
