"""What detectors see: events as integer columns, facts of each room, states that merge."""
