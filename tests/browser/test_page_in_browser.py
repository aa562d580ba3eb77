"""The report as a person meets it: seen, heard, sorted, searched, printed, by keyboard, offline."""

from __future__ import annotations

import pytest
from conftest import KEPT
from made_up_page import EVIL

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}
# What axe knows the guidelines by that public bodies ask for, and its own good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

IMAGES = """async () => {
  const images = [...document.images];
  await Promise.all(images.map((image) => image.decode()));
  return images.map((image) => [image.naturalWidth, image.alt]);
}"""
DURATIONS = """async () => Promise.all([...document.querySelectorAll("audio")].map((sound) =>
  sound.readyState ? sound.duration : new Promise((resolve) => {
    sound.addEventListener("loadedmetadata", () => resolve(sound.duration));
    sound.addEventListener("error", () => resolve(sound.error.message));
  })))"""
PLAYED = """async () => {
  const played = [];
  for (const sound of [...document.querySelectorAll("audio")].slice(0, 4)) {
    await sound.play();
    await new Promise((resolve) => sound.addEventListener("timeupdate", resolve, {once: true}));
    played.push(sound.currentTime >= 0 && !sound.error);
  }
  const sounding = [...document.querySelectorAll("audio")].filter((sound) => !sound.paused);
  return [played, sounding.length];
}"""


def test_it_says_nothing_and_asks_for_nothing(opened, page_file):
    one = opened(page_file)
    one.page.evaluate(DURATIONS)
    one.page.evaluate("() => document.querySelectorAll('details').forEach((e) => (e.open = true))")
    one.page.wait_for_timeout(300)
    assert one.said == []
    beside = f"{page_file.parent.as_uri()}/report_sounds/"
    left = [url for url in one.asked if not url.startswith(("data:", beside))]
    assert left == [page_file.as_uri()]


def test_images_are_decoded_and_named(opened, page_file):
    images = opened(page_file).page.evaluate(IMAGES)
    assert images
    assert all(width > 50 and alt for width, alt in images)


def test_sounds_have_a_duration_and_play_one_at_a_time(opened, page_file):
    one = opened(page_file)
    durations = one.page.evaluate(DURATIONS)
    assert durations
    assert all(isinstance(length, float | int) and 0.5 < length < 15 for length in durations)
    played, sounding = one.page.evaluate(PLAYED)
    assert all(played)
    assert len(played) == 4
    assert sounding == 1
    # A clip that is named again is played where it is.
    one.page.evaluate("() => document.querySelectorAll('audio').forEach((one) => one.pause())")
    again = one.page.locator("a.again").first
    again.evaluate("(link) => link.closest('details').open = true")
    again.click()
    # Not by `wait_for_function`, which the page's policy forbids.
    one.page.locator("a.again.playing").first.wait_for(state="attached")
    again.click()
    one.page.locator("a.again.playing").first.wait_for(state="detached")


def cells(table, column: int) -> list[str]:
    return table.locator(f"tr > :nth-child({column + 1})").all_inner_texts()


def test_tables_sort_both_ways_and_numbers_as_numbers(opened, made_up):
    page = opened(made_up).page
    table = page.locator("#run table").first
    heading = table.locator("thead th").nth(2)
    for _, expected in ((0, "ascending"), (1, "descending")):
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == expected
        numbers = [float(text) for text in table.locator("tbody td:nth-child(3)").all_inner_texts()]
        assert numbers == sorted(numbers, reverse=expected == "descending")
        assert numbers in ([1.0, 150.0], [150.0, 1.0])


def test_a_finding_takes_what_belongs_to_it_along(opened, finished_page):
    page = opened(finished_page).page
    table = page.locator("#scorecard table.sortable")
    parts = table.locator("tbody[id]")
    count, ids = parts.count(), parts.evaluate_all("(all) => all.map((one) => one.id)")
    table.locator("thead th").nth(1).get_by_role("button").click()
    places = parts.evaluate_all(
        "(all) => all.map((one) => +one.querySelector('[data-sort]').dataset.sort)"
    )
    assert places == sorted(places)
    assert sorted(parts.evaluate_all("(all) => all.map((one) => one.id)")) == sorted(ids)
    assert parts.evaluate_all("(all) => all.every((one) => one.rows.length === 2)")
    page.get_by_role("searchbox", name="Search: Scorecard").fill("quilts inconclusive")
    shown = table.locator("tbody[id]:visible").count()
    assert 0 < shown < count
    assert page.locator("#scorecard output").inner_text() == f"{shown} of {count} rows"
    page.get_by_role("searchbox", name="Search: Scorecard").fill("")
    assert table.locator("tbody[id]:visible").count() == count


def test_a_link_from_above_opens_how_a_finding_was_computed(opened, page_file):
    page = opened(page_file).page
    link = page.locator("#headlines a[href^='#finding-']").first
    link.click()
    target = page.locator(link.get_attribute("href"))
    target.locator("details").first.wait_for()
    assert target.locator("details").first.get_attribute("open") is not None


def test_the_links_lead_to_what_is_there(opened, finished_page):
    links = opened(finished_page).page.eval_on_selector_all(
        "a[href]", "(all) => all.map((link) => link.getAttribute('href'))"
    )
    files = {link.partition("#")[0] for link in links if not link.startswith("#")}
    assert len(files) > 30
    missing = [link for link in files if not (finished_page.parent / link).exists()]
    assert not missing


def test_it_is_used_by_keyboard(opened, made_up):
    page = opened(made_up).page
    reached = []
    for _ in range(400):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => { const e = document.activeElement; return e === document.body ? '' :"
            " `${e.tagName} ${e.getAttribute('aria-label') ?? e.textContent}`.trim(); }"
        )
        if not name:
            break
        reached.append(name)
    kinds = {name.split(" ")[0] for name in reached}
    assert {"A", "BUTTON", "SUMMARY", "AUDIO", "DIV"} <= kinds
    assert all(" " in name for name in reached)
    heading = page.locator("#run thead th").first
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
@pytest.mark.parametrize("name", ["made_up", "finished_page"])
def test_axe_finds_nothing_wrong(opened, name, scheme, size, request):
    page_file = request.getfixturevalue(name)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # The page's own policy lets no other script in, not even this one.
    page = opened(page_file, color_scheme=scheme, viewport=size, bypass_csp=True).page
    # Of a finished run it would look at every number of every table, for minutes.
    parts = "details" if name == "made_up" else "#sounds details, #run details, #methods details"
    page.locator(parts).evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    wrong = [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found.response["violations"]
        for node in one["nodes"][:3]
    ]
    assert not wrong, "\n".join(wrong)


def test_text_from_data_is_shown_as_text(opened, made_up):
    one = opened(made_up)
    shown = one.page.evaluate("() => document.body.textContent")
    assert shown.count(EVIL) > 10
    assert one.page.locator("script").count() == 1
    names = one.page.locator("audio").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    assert all(EVIL in name for name in names)
    assert one.page.evaluate("() => document.querySelector('script').textContent").count(EVIL) == 0
    assert one.said == []


def test_it_prints(opened, page_file):
    page = opened(page_file).page
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") >= 2
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    # Nothing is hidden that a click alone would show.
    assert page.locator(".how p").first.is_visible()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_it_fits_the_screen_and_pictures_are_kept(opened, page_file, size, request):
    page = opened(page_file, viewport=size).page
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= size["width"]
    folder = KEPT / request.node.callspec.params["page_file"]
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("header", "#headlines", "#scorecard", "#sounds", "#figures", "#run"):
        file = folder / f"{name.strip('#')}-{size['width']}.png"
        height = min(page.locator(name).first.bounding_box()["height"], 4000)
        page.set_viewport_size({"width": size["width"], "height": int(height) + 40})
        page.locator(name).first.scroll_into_view_if_needed()
        page.evaluate("(name) => document.querySelector(name).scrollIntoView()", name)
        page.screenshot(path=file)
        assert file.stat().st_size > 5000
