"""The life of a task at Runway: PENDING, THROTTLED while the model has too many, RUNNING, and an end.

Nothing happens by itself: whoever looks lets what is due happen, in the order in which it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

CREDITS_A_SECOND = {
    "gen4_turbo": 5,
    "gen4.5": 12,
    "veo3.1": 40,
    "veo3.1_fast": 15,
    "seedance2": 36,
    "seedance2_fast": 29,
    "seedance2_mini": 16,
    "seedance2_5": 30,
    "hailuo3": 10,
}
"""From a community's table of November 2026; 10 for the others is a guess (unverified)."""


@dataclass
class Task:
    """`fate` says how it goes, where it does not go well: `status` (FAILED, CANCELLED, SUCCEEDED), `failure`,
    `failureCode`, `credits` that are charged, `output`, and `meanwhile`, a state to show for RUNNING."""

    body: dict[str, Any]
    picture: bytes
    sent_at: float
    seconds: float
    fate: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: float | None = None
    cancelled_at: float | None = None
    cost: int | None = None
    asked_at: list[float] = field(default_factory=list)
    output: list[str] | None = None

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def estimate(self) -> int:
        length = self.body.get("duration", 5)
        return CREDITS_A_SECOND.get(self.model, 10) * (15 if length == "auto" else int(length))

    @property
    def ends_at(self) -> float | None:
        return None if self.started_at is None else self.started_at + self.seconds

    def is_running(self, now: float) -> bool:
        return self.ends_at is not None and now < self.ends_at and self.cancelled_at is None

    def is_over(self, now: float) -> bool:
        return self.cancelled_at is not None or (self.ends_at is not None and now >= self.ends_at)


class Desk:
    """All tasks. `waits` are the seconds before one may start, `at_once` how many of a model may run."""

    def __init__(self, *, waits: float, at_once: int) -> None:
        self.tasks: dict[str, Task] = {}
        self.waits, self.at_once = waits, at_once
        self.charged = 0
        self.deleted: set[str] = set()

    def take(self, task: Task) -> None:
        self.tasks[task.id] = task
        self.charged += task.estimate

    def settle(self, now: float) -> None:
        """Let everything happen that is due."""
        for model in {task.model for task in self.tasks.values()}:
            self._start([task for task in self.tasks.values() if task.model == model], now)
        for task in self.tasks.values():
            if task.is_over(now) and task.cost is None:
                self._charge(task, int(task.fate.get("credits", task.estimate)))

    def _start(self, tasks: list[Task], now: float) -> None:
        """A place that is free at a moment goes to the first who waits for one at that moment."""
        for task in tasks:
            if task.started_at is None and task.cancelled_at is None:
                start = max(task.sent_at + self.waits, self._free_at(tasks))
                if start > now:
                    return
                task.started_at = start

    def _free_at(self, tasks: list[Task]) -> float:
        """From when on fewer than `at_once` of those that have started were running."""
        ends = sorted(_end(task) for task in tasks if task.started_at is not None)
        return ends[-self.at_once] if len(ends) >= self.at_once else float("-inf")

    def _charge(self, task: Task, credits: int) -> None:
        """What was set aside for it becomes what it cost."""
        self.charged += credits - task.estimate
        task.cost = credits

    def status(self, task: Task, now: float) -> str:
        if task.cancelled_at is not None:
            return "CANCELLED"
        if task.is_over(now):
            return str(task.fate.get("status", "SUCCEEDED"))
        if task.started_at is not None:
            return str(task.fate.get("meanwhile", "RUNNING"))
        return "PENDING" if now < task.sent_at + self.waits else "THROTTLED"

    def delete(self, task: Task, now: float) -> None:
        """A live one is cancelled, and costs nothing if it has not started; one that is over is deleted."""
        if task.is_over(now):
            self.deleted.add(task.id)
            return
        self._charge(task, task.estimate if task.started_at is not None else 0)
        task.cancelled_at = now

    def shown(self, task: Task, now: float, outputs: Callable[[Task], list[str]]) -> dict[str, Any]:
        """The task as GET answers it."""
        status = self.status(task, now)
        shown: dict[str, Any] = {
            "id": task.id,
            "createdAt": task.created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "status": status,
        }
        if not task.is_over(now):
            shown["estimatedCost"] = {"credits": task.estimate}
            if status == "RUNNING":
                shown["progress"] = round((now - (task.started_at or now)) / task.seconds, 3)
            return shown
        shown["cost"] = {"credits": task.cost}
        if status == "SUCCEEDED":
            shown["output"] = task.fate["output"] if "output" in task.fate else outputs(task)
        if status == "FAILED":
            shown["failure"] = task.fate.get("failure", "An unexpected error occurred.")
            if "failureCode" in task.fate:
                shown["failureCode"] = task.fate["failureCode"]
        return shown


def _end(task: Task) -> float:
    assert task.ends_at is not None
    return task.ends_at if task.cancelled_at is None else min(task.ends_at, task.cancelled_at)
