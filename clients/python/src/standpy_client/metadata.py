"""rm_metadata: type and role of each column of a DataFrame, as scripts know it. Pure."""

from __future__ import annotations

import warnings
from typing import Any, Optional

TYPES = frozenset(
    (
        "integer",
        "real",
        "numeric",
        "nominal",
        "binominal",
        "polynominal",
        "text",
        "file_path",
        "date_time",
        "date",
        "time",
    )
)

Pair = tuple[str, Optional[str]]


def of_frame(frame: Any) -> dict[Any, Pair]:
    """What the user set, by column. What is wrong is left out with a warning; the engine infers it then."""
    written = getattr(frame, "rm_metadata", None)
    if written is None:
        return {}
    if not isinstance(written, dict):
        warnings.warn("rm_metadata must be a dict of column to (type, role)", stacklevel=2)
        return {}
    found = {}
    for name, pair in written.items():
        if isinstance(pair, (tuple, list)) and len(pair) == 2 and pair[0] in TYPES and _is_role(pair[1]):
            found[name] = (pair[0], pair[1])
        elif name in frame.columns:
            warnings.warn(
                f"rm_metadata[{name!r}] must be (type, role), such as ('integer', 'label')", stacklevel=2
            )
    return found


def _is_role(role: object) -> bool:
    return role is None or isinstance(role, str)


def valid_pair(value: object) -> Pair | None:
    """What an engine says of a column."""
    if isinstance(value, list) and len(value) == 2 and value[0] in TYPES and _is_role(value[1]):
        return value[0], value[1]
    return None


def attach(frame: Any, known: dict[str, Pair]) -> Any:
    """Sets it; on a plain assignment pandas would warn that it makes no column."""
    object.__setattr__(frame, "rm_metadata", {name: known[name] for name in frame.columns if name in known})
    return frame
