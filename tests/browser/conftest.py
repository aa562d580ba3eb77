"""A headless Chromium, and the pages it looks at."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_up_page import EVIL, made_up_report, png_file

from science.report import listening
from science.report.page import Run, render_page
from science.sound.opus import encode_opus

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Pictures are kept for people to look at; git ignores them, as all results.
KEPT = ROOT / "results/test-browser"
ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]


def tone(hertz: float) -> bytes:
    times = np.arange(22_050) / 22_050
    return encode_opus(8000 * np.sin(2 * np.pi * hertz * times))


def with_real_sounds(run: Run) -> Run:
    """The made-up run with tones in the place of its sounds, and labels that look like markup."""
    files = {name: tone(220 + 40 * place) for place, name in enumerate(run.sounds.files)}
    table = run.sounds.table.assign(labels=EVIL)
    sounds = dataclasses.replace(run.sounds, table=table, files=files)
    return dataclasses.replace(run, sounds=sounds, folder=f"results/{EVIL}", commit=EVIL)


def write_page(run: Run, folder: Path) -> Path:
    template, script = (
        (ROOT / "rules/report" / name).read_text(encoding="utf-8")
        for name in ("page.html.j2", "page.js")
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    path.write_text(render_page(template, script, run), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip(f"there is no {' or '.join(BROWSERS)} on this machine")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: make test-browser installs it"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made_up(tmp_path_factory) -> Path:
    """A page whose data try to be markup."""
    run = with_real_sounds(made_up_report(png_file()))
    return write_page(run, tmp_path_factory.mktemp("page") / "results/<b>trial")


@pytest.fixture(scope="session")
def with_folder(tmp_path_factory) -> Path:
    """The same with its sounds in a folder beside it, as where they are many."""
    run = with_real_sounds(made_up_report(png_file()))
    folder = tmp_path_factory.mktemp("page") / "results/trial"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listening, "MOST_CHARACTERS", 0)
        page = write_page(run, folder)
    (folder / run.sounds.folder).mkdir()
    for name, content in run.sounds.files.items():
        (folder / run.sounds.folder / name).write_bytes(content)
    return page


@pytest.fixture(scope="session")
def finished_page() -> Path:
    """The page of a run that has ended: $REPORT, or the demo's."""
    path = Path(os.environ.get("REPORT", ROOT / "results/demo/report.html")).absolute()
    if not path.is_file():
        pytest.skip(f"{path} is not there; run make demo, or set REPORT")
    return path


@pytest.fixture(params=["made_up", "with_folder", "finished_page"])
def page_file(request) -> Path:
    return request.getfixturevalue(request.param)


class Opened:
    """A page in the browser, with all it said and asked for."""

    def __init__(self, browser: object, path: Path, **options: object) -> None:
        self.path = path
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())


@pytest.fixture
def opened(browser) -> Iterator[object]:
    contexts = []

    def open_page(path: Path, **options: object) -> Opened:
        one = Opened(browser, path, **options)
        contexts.append(one.context)
        return one

    yield open_page
    for context in contexts:
        context.close()
