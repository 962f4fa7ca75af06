"""The daily training, as a job, and the model's row of the status page.

The training is a process of its own (`manage.py train_similarity`), because a step of a job lasts
under a minute and a worker's memory should not grow by gigabytes. The job starts it, looks after it
every few seconds, and tells how far it is. The training itself holds the lock, ends when its parent
is gone, and writes what became of it into a file of the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from recommendations.similarity import renewing, serving, store
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, Retry, StepResult, Wait, job_kind
from vinyl.jobs.status.rows import BAD, GOOD, OFF, Light, status_row

TRAIN = "recommendations.train_similarity"
LOOK_EVERY = timedelta(seconds=5)
SILENT_S = 300.0  # no word from the training for so long: it is gone


def run_file(run: str) -> Path:
    """Where a training of a job tells how it is."""
    return Path(settings.VINILOGY_HOME) / "models" / f"training-{run}.json"


def tell(run: str, **facts: Any) -> None:
    """Write the state of a run, whole."""
    path = run_file(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps({**facts, "at": time.time()}), encoding="utf-8")
    draft.replace(path)


@job_kind(TRAIN, queue="analysis", label=gettext_noop("Likeness of artists"), max_attempts=2)
def train_similarity(ctx: JobContext) -> StepResult:
    """Start the training, then look after it until it is done."""
    run = ctx.checkpoint.get("run")
    if run is None:
        if renewing.is_running():
            return Done({"skipped": "another training is running"})
        run = f"{ctx.job.pk}-{int(time.time())}"
        tell(run, state="running", words="")
        _start(run)
        return Wait(timezone.now() + LOOK_EVERY, {"run": run})
    try:
        told = json.loads(run_file(run).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Retry("the training left no word") from None
    if told["state"] == "running":
        if time.time() - told["at"] > SILENT_S and not renewing.is_running():
            run_file(run).unlink(missing_ok=True)
            raise Retry("the training went silent")
        ctx.progress(told.get("steps", 0), None, gettext_noop("Learning"))
        return Wait(timezone.now() + LOOK_EVERY, {"run": run})
    run_file(run).unlink(missing_ok=True)
    if told["state"] == "failed":
        raise Fail("training", gettext_noop("The training failed: %(why)s"), why=told["words"])
    return Done({"result": told["words"], "version": told.get("version", "")})


def _start(run: str) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "train_similarity"]
    subprocess.Popen(
        [*command, "--run", run],
        env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@status_row("similarity")
def similarity_row() -> Light:
    """Whether a model of likeness serves, since when, and from how much."""
    name = _("Likeness of artists")
    row = store.row_in_use()
    if row is None:
        return Light(name, OFF, _("No model yet: too little listening that may be learned from"))
    info = serving.model_in_use()
    if info is None or info.problem:
        words = _("%(version)s cannot serve: %(why)s")
        why = info.problem if info else ""
        return Light(name, BAD, words % {"version": row.version, "why": why})
    words = _("%(artists)s artists from %(people)s listeners, %(version)s")
    facts = {"artists": row.artists, "people": row.people, "version": row.version}
    more: tuple[str, ...] = ()
    if row.recall is not None and row.ndcg is not None:
        figures = {"recall": f"{row.recall:.3f}", "ndcg": f"{row.ndcg:.3f}", "n": row.held_out}
        more = (_("Recall@20 %(recall)s, NDCG@20 %(ndcg)s on %(n)s people held out") % figures,)
    return Light(name, GOOD, words % facts, more)
