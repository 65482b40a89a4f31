"""What the terms of a deal change in the settings of a run."""

from dataclasses import replace
from typing import Final

from truecrowd.brand.deal import Deal
from truecrowd.brand.scope import bounds
from truecrowd.engine.settings import Settings

_ALWAYS: Final = ((0, 1 << 62),)


def under(deal: Deal | None, settings: Settings) -> Settings:
    """Return the settings with what the deal says of stock: where it is sold nowhere else, a drop is arithmetic.

    Args:
        deal: The terms; None: the settings as they are.
        settings: Settings of the run.
    """
    chosen = {detector.name: detector for detector in settings.chosen()}
    if deal is None or deal.stock_scope is None or "stock_balance" not in chosen:
        return settings
    windows = tuple(bounds(deal.broadcast)) or _ALWAYS
    config = settings.config_of(chosen["stock_balance"])
    config = replace(config, only_here_us=windows, only_here_products=deal.products)
    return replace(settings, detectors={**settings.detectors, "stock_balance": config})
