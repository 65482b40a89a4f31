"""The worlds by name, and which of them may be learnt from."""

from typing import Final

from truecrowd.errors import ConfigError
from truecrowd.simulate.varied import varied
from truecrowd.simulate.world import World
from truecrowd.simulate.world_develop import DEVELOP
from truecrowd.simulate.world_report import REPORT
from truecrowd.simulate.world_tune import TUNE

WORLDS: Final[dict[str, World]] = {"develop": DEVELOP, "tune": TUNE, "report": REPORT}
"""Every world by name."""

FOR_TRAINING: Final = ("develop", "tune")
"""Worlds that thresholds may be chosen on and models trained on; `report` is kept for judging them."""


MOST_DIGITS: Final = 6
"""Of a variation's number, fewer."""


def named(name: str) -> World | None:
    """Return a world by its name, or by that of a variation ("develop~3"); None where there is none.

    >>> named("develop~3").name, named("nowhere"), named("develop~-1")
    ('develop~3', None, None)
    """
    base, tilde, number = name.partition("~")
    world = WORLDS.get(base)
    if world is None or not tilde:
        return world
    return varied(world, int(number)) if number.isascii() and number.isdigit() and len(number) < MOST_DIGITS else None


def for_training(name: str) -> World:
    """Return a world, or a variation, that may be learnt from; whoever trains or tunes takes worlds from here and nowhere else.

    Raises:
        ConfigError: The world is unknown, or kept for reporting.
    """
    world = named(name)
    if world is None or name.partition("~")[0] not in FOR_TRAINING:
        what = f"world '{name}' may not be trained on" if world else f"world '{name}' is not known"
        fix = f"use one of: {', '.join(each for each in FOR_TRAINING if each in WORLDS)}"
        raise ConfigError(what, where="world to train on", fix=fix)
    return world
