"""The worlds by name, and which of them may be learnt from."""

from typing import Final

from truecrowd.errors import ConfigError
from truecrowd.simulate.world import World
from truecrowd.simulate.world_develop import DEVELOP
from truecrowd.simulate.world_report import REPORT
from truecrowd.simulate.world_tune import TUNE

WORLDS: Final[dict[str, World]] = {"develop": DEVELOP, "tune": TUNE, "report": REPORT}
"""Every world by name."""

FOR_TRAINING: Final = ("develop", "tune")
"""Worlds that thresholds may be chosen on and models trained on; `report` is kept for judging them."""


def for_training(name: str) -> World:
    """Return a world that may be learnt from; whoever trains or tunes takes worlds from here and nowhere else.

    Raises:
        ConfigError: The world is unknown, or kept for reporting.
    """
    if name not in FOR_TRAINING or name not in WORLDS:
        what = f"world '{name}' may not be trained on" if name in WORLDS else f"world '{name}' is not known"
        fix = f"use one of: {', '.join(each for each in FOR_TRAINING if each in WORLDS)}"
        raise ConfigError(what, where="world to train on", fix=fix)
    return WORLDS[name]
