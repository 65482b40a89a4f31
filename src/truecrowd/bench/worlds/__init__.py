"""How far the simulated worlds are apart, and how far from recorded rooms: a thermometer, never a target."""
