"""Honest and faked rooms with known truth; blind to how anybody looks for them."""

from truecrowd.simulate.disputes import Disputes, disputes
from truecrowd.simulate.playing import PRESETS, Simulated, simulate
from truecrowd.simulate.room import Chunk
from truecrowd.simulate.truth import TRUTH
from truecrowd.simulate.worlds import FOR_TRAINING, WORLDS, for_training

__all__ = [
    "FOR_TRAINING", "PRESETS", "TRUTH", "WORLDS", "Chunk", "Disputes", "Simulated", "disputes", "for_training", "simulate",
]  # fmt: skip
