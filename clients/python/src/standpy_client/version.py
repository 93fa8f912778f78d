"""The client's own version, and the protocol's that it speaks."""

__version__ = "1.0.0"

PROTOCOL = 1  # docs/protocol.md: engines say 1.x.y
