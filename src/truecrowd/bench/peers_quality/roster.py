"""Everybody in the table, ours first."""

from importlib.util import find_spec
from typing import Final

from truecrowd.bench.peers_quality import (
    boosting,
    fraudar,
    half_space,
    midas,
    ours,
    outliers,
    programs,
    simple,
    tensors,
)
from truecrowd.bench.peers_quality.peer import Material, Peer

PEERS: Final = (
    ours.PEER, fraudar.PEER, *midas.PEERS, *tensors.PEERS, *outliers.PEERS, half_space.PEER, boosting.PEER, *simple.PEERS,
)  # fmt: skip
"""All of them, whether installed or not."""


def is_installed(peer: Peer, material: Material) -> bool:
    """Tell whether a peer can run: its modules are there, its program was given, and Java for a jar."""
    if peer.name in programs.NAMES:
        is_jar = peer.name in {one.name for one in tensors.PEERS}
        return peer.name in material.programs and not (is_jar and programs.java() is None)
    return all(find_spec(name) is not None for name in peer.needs)
