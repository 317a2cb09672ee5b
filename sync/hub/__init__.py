"""The reference hub: the other half of the protocol, with storage of its own and the station's pure rules."""
