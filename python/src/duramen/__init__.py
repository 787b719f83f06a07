"""What a Python program says to a Duramen search that evaluates it by ``command(...)``.

Outside of a search the program runs alone: its parameters are the defaults, and it is never asked to stop.
"""

import json
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Optional, Union

__all__ = [
    "Checkpoint",
    "failed",
    "finish",
    "infeasible",
    "latest",
    "parameters",
    "report",
    "save",
    "seed",
    "should_stop",
]


class Checkpoint(NamedTuple):
    """What an earlier attempt of the trial saved: do not change the file or folder."""

    step: int
    path: Path


class _Requests:
    """What the worker says on standard input after the parameters."""

    def __init__(self) -> None:
        self.stop = False
        self.closed = False
        self.published = set()
        self.changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        sys.stdin.readline()
        for line in sys.stdin:
            request = json.loads(line)
            with self.changed:
                # Whether for good or for now, the program has to come to its end.
                self.stop = self.stop or request.get("stop", False) or request.get("park", False)
                if "published" in request:
                    self.published.add(request["published"]["step"])
                self.changed.notify_all()
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def wait_for(self, step: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: step in self.published or self.closed)


_in_search = "DURAMEN_TRIAL_INDEX" in os.environ
# Listens from the import on, because the worker may ask before the program does.
_requests = _Requests() if _in_search else None


def _say(**message: Any) -> None:
    # Flushed, because a pipe is buffered otherwise.
    print(json.dumps(message), flush=True)


def parameters(**defaults: Any) -> Dict[str, Any]:
    """The parameters of the trial; outside of a search the defaults alone."""
    if not _in_search:
        return defaults
    given = json.loads(Path(os.environ["DURAMEN_PARAMETERS"]).read_text())
    return {**defaults, **given} if isinstance(given, dict) else given


def seed() -> int:
    """The same in every attempt of a trial; 0 outside of a search."""
    return int(os.environ.get("DURAMEN_TRIAL_SEED", "0"), 16)


def report(step: int, metrics: Optional[Mapping[str, float]] = None, **more: float) -> None:
    """Tells metrics at a step; a step that was told before is ignored."""
    _say(report={"step": step, "metrics": {**(metrics or {}), **more}})
    until = os.environ.get("DURAMEN_UNTIL")
    if _requests is not None and until is not None and step >= int(until):
        _requests.stop = True


def should_stop() -> bool:
    """Whether the search wants no more of the trial, for now or for good."""
    return _requests is not None and _requests.stop


def save(step: int, content: Union[bytes, str, "os.PathLike[str]"]) -> None:
    """Keeps a checkpoint: bytes, or the path of a file or folder. Returns once it is safe."""
    if _requests is None:
        return
    target = Path(os.environ["DURAMEN_CHECKPOINT_DIRECTORY"]) / "step-{}".format(step)
    if isinstance(content, bytes):
        target.write_bytes(content)
    else:
        # A copy, because every checkpoint needs a path of its own.
        source = Path(content)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    _say(checkpoint={"step": step, "path": target.name})
    _requests.wait_for(step)
    shutil.rmtree(target) if target.is_dir() else target.unlink()


def latest() -> Optional[Checkpoint]:
    """The checkpoint to go on from; None at the beginning."""
    path = os.environ.get("DURAMEN_CHECKPOINT_LATEST")
    return None if path is None else Checkpoint(int(os.environ["DURAMEN_CHECKPOINT_STEP"]), Path(path))


def finish(
    metrics: Optional[Mapping[str, float]] = None, cost: Optional[float] = None, **more: float
) -> None:
    """The result of the trial; the last one counts."""
    result = {"metrics": {**(metrics or {}), **more}}
    _say(**(result if cost is None else {**result, "cost": cost}))


def infeasible(reason: str) -> None:
    """The result that these parameters cannot be evaluated."""
    _say(infeasible=reason)


def failed(kind: str, why: str) -> None:
    """The result that the trial failed: OutOfMemory, Diverged, InvalidArchitecture, BadInput, Timeout or Bug."""
    _say(failed={"class": kind, "message": why})
