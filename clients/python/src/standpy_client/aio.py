"""The engine for asyncio."""

from __future__ import annotations

import asyncio
from typing import Any

from .checks import Check
from .engine import Engine, Info
from .results import Result
from .source import Script


class AsyncEngine:
    """As Engine, with coroutines. If a task is cancelled, its script is stopped.

    Each call has a thread while it lasts, connections= of them at most; the event loop never waits for one.
    """

    def __init__(self, endpoint: str, token: str | None = None, **options: Any):
        self._engine = Engine(endpoint, token, **options)

    @property
    def endpoint(self) -> str:
        return self._engine.endpoint

    async def run(self, script: Script, *inputs: Any, **options: Any) -> Result:
        """As Engine.run()."""
        return await asyncio.wrap_future(self._engine.submit(script, *inputs, **options))

    async def info(self) -> Info:
        return await asyncio.get_running_loop().run_in_executor(None, self._engine.info)

    async def check(self) -> Check:
        return await asyncio.get_running_loop().run_in_executor(None, self._engine.check)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._engine.close)

    async def __aenter__(self) -> AsyncEngine:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
