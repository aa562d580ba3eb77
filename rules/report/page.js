// What the page can do beside being read: its tables sort and search, its sounds play one at a time.
// Without this script all is there, as it was written.
"use strict";

// A number as the page writes it, with its digits grouped, and perhaps with a spread after it.
function valueOf(text) {
  const [found] = text.replaceAll(",", "").match(/^\s*-?(\d[\d.]*(e[-+]\d+)?|∞)/) || ["NaN"];
  return Number(found.replace("∞", "Infinity"));
}

// A body of its own for each finding, which takes the rows that belong to it along.
function partsOf(table) {
  return table.tBodies.length > 1 ? [...table.tBodies] : [...table.tBodies[0].rows];
}

function cellOf(part, column) {
  return (part.rows ? part.rows[0] : part).cells[column];
}

function keyOf(part, column, numeric) {
  const cell = cellOf(part, column);
  const text = cell.dataset.sort ?? cell.textContent.trim();
  return numeric || cell.dataset.sort ? valueOf(text) : text;
}

function sortBy(table, heading, column) {
  const rising = heading.getAttribute("aria-sort") !== "ascending";
  const numeric = heading.classList.contains("number");
  const keyed = partsOf(table).map((part) => [keyOf(part, column, numeric), part]);
  keyed.sort(([a], [b]) => {
    if (typeof a === "string") return rising ? a.localeCompare(b) : b.localeCompare(a);
    // What is missing stands last, whichever way.
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
    return rising ? a - b : b - a;
  });
  const parent = keyed[0][1].parentNode;
  for (const [, part] of keyed) parent.append(part);
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(table, heading, column));
    heading.append(button);
  });
}

let searches = 0;

function makeSearchable(table) {
  const parts = partsOf(table);
  const region = table.closest(".scroll");
  const bar = document.createElement("p");
  const label = document.createElement("label");
  const field = document.createElement("input");
  const count = document.createElement("output");
  bar.className = "search";
  field.type = "search";
  field.id = count.htmlFor = `search-${++searches}`;
  label.htmlFor = field.id;
  label.textContent = `Search: ${region.getAttribute("aria-label")} `;
  const texts = parts.map((part) => (part.rows ? part.rows[0] : part).textContent.toLowerCase());
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    parts.forEach((part, place) => {
      part.hidden = !words.every((word) => texts[place].includes(word));
      shown += !part.hidden;
    });
    count.value = words.length ? `${shown} of ${parts.length} rows` : "";
  };
  field.addEventListener("input", search);
  bar.append(label, field, " ", count);
  region.before(bar);
}

for (const table of document.querySelectorAll("table.sortable")) {
  if (partsOf(table).length < 2) continue;
  makeSortable(table);
  if (partsOf(table).length > 12) makeSearchable(table);
}

// A finding that is asked for from above is shown, with how it was computed.
function showTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  target.hidden = false;
  for (let around = target; around; around = around.parentElement) {
    if (around.tagName === "DETAILS") around.open = true;
  }
  const below = target.matches("tbody") && target.querySelector("details");
  if (below) below.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", showTarget);
if (location.hash) showTarget();

const sounds = [...document.querySelectorAll("audio")];
for (const sound of sounds) {
  sound.addEventListener("play", () => sounds.forEach((other) => other !== sound && other.pause()));
}
// A clip that drives several units is in the page once, and is played from wherever it is named.
for (const again of document.querySelectorAll("a.again")) {
  const sound = document.getElementById(again.hash.slice(1));
  again.setAttribute("role", "button");
  const tell = () => again.classList.toggle("playing", !sound.paused);
  for (const event of ["play", "pause", "ended"]) sound.addEventListener(event, tell);
  again.addEventListener("click", (event) => {
    event.preventDefault();
    if (sound.paused) sound.play();
    else sound.pause();
  });
  again.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      again.click();
    }
  });
}
