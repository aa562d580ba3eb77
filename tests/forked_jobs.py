"""Jobs of the workflow as forks of a process that has imported what takes seconds.

Most of a tiny job's time is its imports. In the tests Snakemake is given `run` for its Python: that
hands the script to a `serve` of the same test process, which forks for it. Each job is a process of
its own, with the folder, environment and streams that Snakemake gave it. Tests that kill runs start
them as users do.
"""

from __future__ import annotations

import json
import os
import socket
import sys

SERVE, RUN = "serve", "run"
IMPORTED_FIRST = (
    "av", "jinja2", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf",
    "matplotlib.figure", "openTSNE", "pandas", "pyarrow.parquet", "pytest", "scipy.signal",
    "scipy.stats", "sklearn.decomposition", "sklearn.linear_model", "sklearn.metrics", "soundfile",
    "torch",
)  # fmt: skip


def run(place: str, script: str) -> int:
    """Have a script run, and wait; imports little, since every job waits for it."""
    asked = {"script": script, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        socket.send_fds(connection, [b" "], [0, 1, 2])
        connection.sendall(json.dumps(asked).encode())
        connection.shutdown(socket.SHUT_WR)
        # Nothing comes of one that was killed.
        status = connection.recv(1)
    return status[0] if status else 1


def serve(place: str) -> None:
    """Fork for every script, as long as the test process lives."""
    import signal
    from importlib import import_module

    for name in IMPORTED_FIRST:
        import_module(name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen(64)
        # What ends is gone, and nobody waits for it.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listener.close()
                be_the_job(connection)
            connection.close()


def be_the_job(connection: socket.socket) -> None:
    """Run the script that is asked for as `python SCRIPT` does, tell how it ended, and end."""
    import atexit
    import runpy
    import threading
    import traceback
    from contextlib import suppress
    from importlib import import_module

    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    with connection.makefile("r", encoding="utf-8") as text:
        asked = json.load(text)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv[:], sys.orig_argv[:] = [asked["script"]], [sys.executable, asked["script"]]
    added = asked["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [os.path.dirname(os.path.abspath(asked["script"])), *filter(None, added)]
    status = 0
    try:
        with suppress(ImportError):
            import_module("sitecustomize")
        runpy.run_path(asked["script"], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    connection.send(bytes([status]))
    os._exit(status)


if __name__ == "__main__":
    if sys.argv[1] == SERVE:
        serve(sys.argv[2])
    else:
        sys.exit(run(sys.argv[2], sys.argv[3]))
