"""Housekeeping takes what is old and nobody's, and nothing else."""

import os
import time

from core.data.tidy import tidy


def old(path, days):
    moment = time.time() - days * 86400
    os.utime(path, (moment, moment))
    return path


def test_old_uploads_jobs_and_leftovers_go_and_everything_else_stays(workspace):
    captures = workspace.uploads / "captures"
    captures.mkdir()
    gone, stays = [], []
    for folder in (workspace.uploads, workspace.jobs, captures, workspace.staging):
        for name, days, where in (("old", 8, gone), ("new", 0.5, stays)):
            path = folder / name
            path.mkdir()
            (path / "file").write_text("x")
            where.append(old(path, days))
    for folder in (workspace.datasets, workspace.runs, workspace.examples):
        path = folder / "precious"
        path.mkdir()
        stays.append(old(path, 900))
    old(captures, 30)

    tidy(workspace)

    assert [path for path in gone if path.exists()] == []
    assert [path for path in stays if not path.exists()] == []
