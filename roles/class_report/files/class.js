"use strict";
// Without this script, each cell is a link to its findings below. With it, they open beneath the student, and the filters work.
document.documentElement.classList.add("js");

document.addEventListener("DOMContentLoaded", () => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const buttons = all("td.cell > a").map((link) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...link.childNodes);
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", link.hash.slice(1));
    link.replaceWith(button);
    return button;
  });
  const panelOf = new Map(buttons.map((button) => [button, byId(button.getAttribute("aria-controls"))]));
  const buttonOf = new Map([...panelOf].map(([button, panel]) => [panel, button]));
  // Where a panel that is open has its place otherwise.
  const places = new Map();

  function open(button) {
    const panel = panelOf.get(button);
    if (places.has(panel)) return;
    const row = button.closest("tr");
    let below = row.nextElementSibling;
    if (!below || !below.classList.contains("opened")) {
      below = document.createElement("tr");
      below.className = "opened";
      below.append(Object.assign(document.createElement("td"), {colSpan: row.cells.length}));
      row.after(below);
    }
    const place = document.createComment("");
    panel.replaceWith(place);
    places.set(panel, place);
    // In the order of the labs, whichever was opened first.
    const later = all(".panel", below).find((other) => buttonOf.get(other).compareDocumentPosition(button) & Node.DOCUMENT_POSITION_PRECEDING);
    below.cells[0].insertBefore(panel, later || null);
    button.setAttribute("aria-expanded", "true");
  }

  function close(button) {
    const panel = panelOf.get(button);
    const place = places.get(panel);
    if (!place) return;
    const below = panel.closest("tr.opened");
    place.replaceWith(panel);
    places.delete(panel);
    if (!below.cells[0].children.length) below.remove();
    button.setAttribute("aria-expanded", "false");
  }

  buttons.forEach((button) => button.addEventListener("click", () => (places.has(panelOf.get(button)) ? close : open)(button)));
  document.addEventListener("keydown", (event) => {
    const panel = event.key === "Escape" && event.target.closest ? event.target.closest("tr.opened .panel") : null;
    const button = panel ? buttonOf.get(panel) : event.key === "Escape" && panelOf.has(event.target) ? event.target : null;
    if (!button) return;
    close(button);
    button.focus();
  });

  const form = document.querySelector(".filters");
  const student = byId("by-student");
  const lab = byId("by-lab");
  const outcome = byId("by-outcome");

  function filter() {
    const text = student.value.trim().toLowerCase();
    const outcomes = outcome.value ? outcome.value.split(" ") : null;
    const named = (element) => !element.dataset.student || element.dataset.student.toLowerCase().includes(text);
    const inLab = (element) => !lab.value || !element.dataset.lab || element.dataset.lab === lab.value;
    const graded = (element) => !outcomes || outcomes.includes(element.dataset.outcome);
    const rows = all(".matrix > tbody > tr[data-student]");
    all(".matrix [data-lab]:not(.panel)").forEach((cell) => { cell.hidden = !inLab(cell); });
    rows.forEach((row) => {
      const cells = all("td.cell[data-outcome]", row);
      cells.forEach((cell) => cell.classList.toggle("off", !graded(cell)));
      row.hidden = !named(row) || !cells.some((cell) => inLab(cell) && graded(cell));
      if (row.nextElementSibling && row.nextElementSibling.classList.contains("opened")) row.nextElementSibling.hidden = row.hidden;
    });
    panelOf.forEach((panel) => { panel.hidden = !named(panel) || !inLab(panel) || !graded(panel); });
    all("#stuck tr[data-lab], #trend tr[data-student], #usage tr[data-student]").forEach((row) => { row.hidden = !named(row) || !inLab(row); });
    const left = rows.filter((row) => !row.hidden).length;
    byId("shown").textContent = left === rows.length ? "" : `${left} of ${rows.length} students shown`;
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  // A browser keeps what was typed when the page is loaded anew.
  filter();

  const visible = (button) => !button.closest("[hidden], .off");
  byId("open-all").addEventListener("click", () => buttons.filter((button) => visible(button) && panelOf.get(button).dataset.outcome !== "pass").forEach(open));
  byId("close-all").addEventListener("click", () => buttons.forEach(close));

  // On paper, the table comes first, and then all findings that the filters leave, with what is folded away on the screen.
  let before = null;
  addEventListener("beforeprint", () => {
    if (before) return;
    before = {panels: [...places.keys()], details: all("details:not([open])")};
    before.panels.forEach((panel) => close(buttonOf.get(panel)));
    before.details.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    before.details.forEach((details) => { details.open = false; });
    before.panels.forEach((panel) => open(buttonOf.get(panel)));
    before = null;
  });

  const asked = location.hash.startsWith("#p") ? byId(location.hash.slice(1)) : null;
  if (buttonOf.has(asked)) {
    open(buttonOf.get(asked));
    asked.scrollIntoView();
  }
});
