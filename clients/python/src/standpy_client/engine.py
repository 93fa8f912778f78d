"""The engine as a Python object."""

from __future__ import annotations

import functools
import inspect
import math
import os
import ssl
import threading
import types
import weakref
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, NamedTuple, overload

from . import answers, futures, source
from . import connections as named
from .calls import Call, Caller
from .cancellation import Cancellation
from .checks import Check, check
from .connection import Watcher
from .endpoint import parse_endpoint, parse_token
from .errors import Unreachable
from .results import Result
from .transport import Limits, Request, Transport

_ANSWER_LIMIT = 4 << 30


class Info(NamedTuple):
    """How the engine is set up. timeout and worker_uptime: seconds; max_requests: None without a limit."""

    environment: str
    max_requests: int | None
    timeout: float
    version: str
    worker_uptime: float
    workers: int


class Remote:
    """A function that runs on an engine when it is called; submit() runs it in the background."""

    def __init__(self, engine: Engine, function: types.FunctionType, options: dict[str, Any]):
        functools.update_wrapper(self, function)
        self._engine = engine
        self._function = function
        self._options = options
        self._signature = inspect.signature(function)
        source.function_text(function)  # says now what cannot be sent

    def _call(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[str, list[Any]]:
        bound = self._signature.bind(*arguments, **keywords)
        names = tuple(bound.kwargs)
        text = source.function_text(self._function, names, len(bound.args))
        return text, [*bound.args, *bound.kwargs.values()]

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What the function returns. What it prints is printed here."""
        text, values = self._call(arguments, keywords)
        result = self._engine.run(text, *values, **self._options)
        result.print()
        return result.value

    def submit(self, *arguments: Any, **keywords: Any) -> Future[Result]:
        text, values = self._call(arguments, keywords)
        return self._engine.submit(text, *values, **self._options)


class Engine:
    """A connection to an engine: endpoint and token, as in the guide's "Remote Python Engine".

    cacert: file with the authority of the router's certificate, if this machine does not know it.
    wait: seconds that a call may wait until a busy engine takes it. patience: seconds in which nothing comes,
    beyond a call's timeout, before the client gives up. answer_limit: bytes of an answer. connections: how many calls submit() runs at
    a time. keep: whether engines that can keep the contents of files are asked to, so that a path that comes
    again is not sent again; True names contents that an earlier program may have sent. Any number of threads may use one Engine. It keeps its connections open; close() closes them.
    """

    def __init__(
        self,
        endpoint: str,
        token: str | None = None,
        *,
        cacert: str | os.PathLike[str] | None = None,
        wait: float = 60.0,
        patience: float | None = 600.0,
        connect_timeout: float = 10.0,
        answer_limit: int = _ANSWER_LIMIT,
        connections: int = 16,
        keep: bool | None = None,
    ):
        self._endpoint = parse_endpoint(endpoint)
        self._has_token = token is not None
        limits = Limits(connect_timeout, patience, answer_limit)
        self._transport = Transport(
            self._endpoint, parse_token(token), limits, _tls(self._endpoint.scheme, cacert), connections
        )
        weakref.finalize(self, self._transport.close)
        self._caller = Caller(self._transport, wait, keep)
        self._most = connections
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None

    @classmethod
    def connect(cls, name: str | None = None, **options: Any) -> Engine:
        """An engine by its name in connections.json, or by STANDPY_ENDPOINT and STANDPY_TOKEN(_FILE)."""
        found = named.find(name, os.environ)
        if found.cacert is not None:
            options.setdefault("cacert", found.cacert)
        return cls(found.endpoint, found.token, **options)

    @property
    def endpoint(self) -> str:
        return str(self._endpoint)

    def run(
        self,
        script: source.Script,
        *inputs: Any,
        macros: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        trust: bool = False,
        tables: str = "",
        progress: Watcher | None = None,
    ) -> Result:
        """Runs a script (its text, a path, or a function) on inputs, which become the arguments of rm_main.

        DataFrames arrive as such, paths and files as files, and everything else as the value that it is. macros
        are the last argument, a dict. timeout: seconds after which the script is stopped, if the engine does not
        stop it sooner. trust: load outputs that come as pickles, which can run code. tables: "csv" to get tables as
        CSV text. progress: called with what is going on and how many bytes of how many are through.

        Raises ScriptError, Deadline, Busy, Unreachable or Refused.
        """
        call = _call(script, inputs, macros, timeout, trust, tables, progress)
        return self._caller.run(call, Cancellation())

    def submit(
        self,
        script: source.Script,
        *inputs: Any,
        macros: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        trust: bool = False,
        tables: str = "",
        progress: Watcher | None = None,
    ) -> Future[Result]:
        """As run(), in the background. cancel() of the future stops the script."""
        call = _call(script, inputs, macros, timeout, trust, tables, progress)
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._most, thread_name_prefix="standpy")
            return futures.submit(self._executor, functools.partial(self._caller.run, call))

    @overload
    def remote(self, function: Callable[..., Any], /) -> Remote: ...
    @overload
    def remote(
        self, /, *, macros: Mapping[str, Any] | None = None, timeout: float | None = None, trust: bool = False
    ) -> Callable[[Callable[..., Any]], Remote]: ...
    def remote(
        self,
        function: Callable[..., Any] | None = None,
        /,
        *,
        macros: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        trust: bool = False,
    ) -> Remote | Callable[[Callable[..., Any]], Remote]:
        """A decorator: the function's source is sent, and what it returns comes back.

        The source of functions of the same program and the imports that it uses go with it. Whatever else it
        needs must be an argument.
        """
        options = {"macros": macros, "timeout": timeout, "trust": trust}
        if function is None:
            return functools.partial(self._remote, options=options)
        return self._remote(function, options)

    def _remote(self, function: Callable[..., Any], options: dict[str, Any]) -> Remote:
        if not isinstance(function, types.FunctionType):
            raise TypeError(f"{function!r} is no function defined with def")
        return Remote(self, function, options)

    def info(self) -> Info:
        """How the engine is set up."""
        asked = answers.Asked(self.endpoint, "", False)
        with self._transport.exchange(Request("GET", "/info", [], []), Cancellation()) as answer:
            if answer.status != 200:
                answers.raise_problem(answer, asked)
            if answer.media_type != "application/json":
                raise answers.not_standpy(answer, self.endpoint, False)
            found = answers.json_of(answer, self.endpoint)
        try:
            return Info(**{name: found[name] for name in Info._fields})
        except KeyError:
            raise Unreachable(
                f"{self.endpoint} answers, but its /info is not StandPy's. Is the endpoint right?"
            ) from None

    def check(self) -> Check:
        """Tests the connection step by step, and says what to do about what is wrong. Never raises for that."""
        return check(self, self._has_token)

    def close(self) -> None:
        """Closes kept connections, and waits for what was submitted."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor:
            executor.shutdown()
        self._transport.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Engine({self.endpoint!r}{', token=...' if self._has_token else ''})"


def _call(
    script: source.Script,
    inputs: tuple[Any, ...],
    macros: Mapping[str, Any] | None,
    timeout: float | None,
    trust: bool,
    tables: str,
    progress: Watcher | None,
) -> Call:
    if timeout is not None and not (timeout > 0 and math.isfinite(timeout)):
        raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")
    if tables not in ("", "csv"):
        raise ValueError(f"tables must be 'csv' or left out, not {tables!r}")
    seconds = None if timeout is None else math.ceil(timeout)
    return Call(
        source.script_text(script),
        inputs,
        None if macros is None else dict(macros),
        seconds,
        trust,
        tables,
        progress,
    )


def _tls(scheme: str, cacert: str | os.PathLike[str] | None) -> ssl.SSLContext | None:
    if scheme == "http":
        if cacert is not None:
            raise ValueError("cacert is for https:// only; the endpoint begins with http://")
        return None
    try:
        return ssl.create_default_context(cafile=None if cacert is None else os.fspath(cacert))
    except FileNotFoundError:
        raise ValueError(f"there is no file {cacert} (cacert)") from None
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"cacert {cacert} is no file of certificates (PEM): {error}") from None
