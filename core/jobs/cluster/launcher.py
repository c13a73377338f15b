"""A launcher whose trainings are done on the machines of a Ray cluster; everything else is done on this one.

Whose turn it is decides the same queue as on one machine. A training whose turn has come is a task of Ray's: it runs
where a core or an accelerator is free, and where its machine is lost Ray runs it on another, which goes on from the
last checkpoint at the desk. Ray's tasks end with the process that asked for them, as workers do.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from core.errors import UserError, print_details
from core.hardware import CONSIDERATE
from core.jobs.cluster.desk import Desk
from core.jobs.cluster.node import work
from core.messages import Message
from core.runs.folder import RunFolder
from core.runs.local import HERE, LocalLauncher, Rules, Worker
from core.runs.runner import this_process
from core.workspace import SHARED_CACHE, Workspace

CLUSTER = "FINETUNE_LAB_CLUSTER"
"""The environment variable that names a cluster by its address, for the app and for races on the command line."""
CORES, ACCELERATORS = "cores", "accelerators"
"""Where trainings are done: those that ask for the processor, and all others where there is an accelerator."""
_CORES_EACH = 2
_LOOK = 2.0
"""Seconds between two looks at which machines there are."""
_CALLS = 32
"""So many machines are served at the desk at once."""
_PATIENCE = 10.0
_AUTH = "RAY_AUTH_MODE"


def require_cluster(address: str) -> None:
    """UserError where Ray is not installed, or no cluster of which this computer is a part answers at `address`."""
    _connected(address).shutdown()


def require_token() -> None:
    """UserError unless Ray asks whoever calls for a token: else everybody in the network of a class could run programs
    on its machines."""
    if os.environ.get(_AUTH) != "token":
        raise UserError(
            Message("Whoever is in the same network could run programs on the computers of this cluster."),
            Message("Set {setting} on each of them before `ray start`, and here (docs/district.md).",
                    setting=f"{_AUTH}=token"),
        )  # fmt: skip


class RayLauncher(LocalLauncher):
    """One launcher for each server. See `core.runs.launcher.Launcher`. UserError as of `require_cluster`.

    `address` is what `ray start` said, or "auto" where it was called on this computer. A training has `cores` of one
    machine to itself, or an accelerator. What the machines were sent is deleted when the launcher is closed.
    """

    def __init__(
        self, workspace: Workspace, address: str, rules: Rules | None = None, *, cores: int = _CORES_EACH
    ) -> None:  # fmt: skip
        super().__init__(workspace, rules=rules)
        self._ray, self._cores = _connected(address), cores
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(cores))
        self._environment = {"env_vars": {**CONSIDERATE, **threads}}
        self._folder = f"finetune-lab-{secrets.token_hex(16)}"
        here = self._ray.get_runtime_context().get_node_id()
        self._desk = self._on(here, Desk, max_concurrency=_CALLS).remote(this_process())
        self._rooms: dict[str, int] = {}
        self._look()
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._keep_looking, daemon=True)
        self._looking.start()

    @property
    def slots(self) -> int:
        return max(1, self._rooms[ACCELERATORS] or self._rooms[CORES])

    def close(self) -> None:
        if self._over.is_set():
            return
        self._over.set()
        self._looking.join()
        with self._lock:
            self._closed = True
            for worker in self._busy(CORES) + self._busy(ACCELERATORS):
                with suppress(UserError):  # its folder is damaged or gone
                    if worker.job:
                        worker.job.ask_to_pause()
        super().close()
        nodes = [node["NodeID"] for node in self._nodes()]
        gone = [self._on(node, _forget, runtime_env=self._environment).remote(self._folder) for node in nodes]
        self._ray.wait(gone, num_returns=len(gone), timeout=_PATIENCE)
        self._ray.shutdown()

    def _place_of(self, job: RunFolder) -> str:
        with suppress(UserError):  # its folder is damaged, as a worker here will say
            about = job.about()
            if about["kind"] == "train":
                wants_cores = about["request"]["recipe"].get("device") == "cpu" or not self._rooms[ACCELERATORS]
                return CORES if wants_cores else ACCELERATORS
        return HERE

    def _room(self, place: str) -> int | None:
        return self._rooms[place] if place in self._rooms else super()._room(place)

    def _worker_for(self, job: RunFolder, place: str) -> Worker:
        if place not in self._rooms:
            return super()._worker_for(job, place)
        needs = {"num_cpus": 1, "num_gpus": 1} if place == ACCELERATORS else {"num_cpus": self._cores}
        task = self._ray.remote(_train).options(max_retries=-1, runtime_env=self._environment, **needs)
        worker = Worker(_Task(self._ray, task.remote(self._desk, str(job.path), job.claim, self._folder)))
        self._workers.append(worker)
        threading.Thread(target=self._follow, args=(worker,), daemon=True).start()
        return worker

    def _follow(self, worker: Worker) -> None:
        try:
            worker.process.wait()
        except Exception as error:  # nobody foresaw it
            print_details(error)
        with self._lock:
            self._end(worker)

    def _keep_looking(self) -> None:
        while not self._over.wait(_LOOK):
            self._look()
            self.wake()

    def _look(self) -> None:
        """Which machines there are now. One of the cores of a machine goes with each of its accelerators."""
        found = [(int(node["Resources"].get("CPU", 0)), int(node["Resources"].get("GPU", 0))) for node in self._nodes()]
        rooms = sum(max(0, cores - gpus) // self._cores for cores, gpus in found)
        self._rooms = {CORES: rooms, ACCELERATORS: sum(gpus for _, gpus in found)}

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def _on(self, node: str, what: Any, **more: Any) -> Any:
        """A function or a class for Ray, on one machine and beside whatever else is done there."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return self._ray.remote(what).options(
            num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False), **more
        )


class _Task:
    """A training on the cluster, as a launcher knows the processes that work for it."""

    stdin = stdout = None

    def __init__(self, ray: Any, task: Any) -> None:
        self._ray, self._task = ray, task

    def wait(self, timeout: float | None = None) -> int:
        try:
            self._ray.get(self._task, timeout=timeout)
        except self._ray.exceptions.GetTimeoutError as error:
            raise subprocess.TimeoutExpired("", timeout or 0) from error
        except self._ray.exceptions.RayError as error:  # it was cancelled, taken up by somebody else, or failed
            print_details(error)
            return 1
        return 0

    def terminate(self) -> None:
        self._ray.cancel(self._task)

    def kill(self) -> None:
        self._ray.cancel(self._task, force=True)


class _Asked:
    """The desk as it is called on another machine: each call is one of Ray's."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def __getattr__(self, name: str) -> Callable[..., Any]:
        import ray

        return lambda *given: ray.get(getattr(self._desk, name).remote(*given))


def _train(desk: Any, path: str, claim: str, folder: str) -> None:
    """What a machine of the cluster does; all that it is sent is kept in `folder`, among its temporary files."""
    import ray

    place = _kept(folder) / ray.get_runtime_context().get_node_id()
    os.environ[SHARED_CACHE] = str(place / "cache")
    work(cast(Desk, _Asked(desk)), path, claim, place)


def _forget(folder: str) -> None:
    shutil.rmtree(_kept(folder), ignore_errors=True)


def _kept(folder: str) -> Path:
    kept = Path(tempfile.gettempdir()) / folder
    kept.mkdir(mode=0o700, exist_ok=True)
    return kept


def _connected(address: str) -> Any:
    """Ray, with this process as a part of the cluster."""
    if find_spec("ray") is None:
        raise UserError(_NOT_INSTALLED)
    import ray

    # What Ray says of a lost machine would go where a command line prints its JSON. It is in Ray's own log, too.
    ray._private.worker.print_to_stdstream = lambda *said, **how: None
    host, _, port = address.rpartition(":")
    ends = signal.getsignal(signal.SIGTERM)
    try:
        if port.isdecimal():  # Ray would try for minutes
            socket.create_connection((host, int(port)), _PATIENCE).close()
        ray.init(address, log_to_driver=False, configure_logging=False)
    except Exception as error:  # whatever Ray says, of which there is a lot
        raise UserError(
            Message("No cluster that this computer is a part of answers at {address}.", address=address),
            Message("Run `ray start` on this computer first, with the same token as on the others."),
        ) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ends)  # Ray puts its own there, and a server would not end as it should
    return ray


_NOT_INSTALLED = Message(
    "Ray, which trains on several computers, is not installed here. In the folder of the program: "
    "`python -m pip install -e '.[cluster]'`."
)
