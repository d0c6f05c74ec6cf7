// Improves what works without it: an update keeps open what was open and never takes away a selection.
"use strict";

document.addEventListener("htmx:beforeRequest", (event) => {
  const selection = document.getSelection();
  const touched = selection && !selection.isCollapsed && event.detail.elt.contains(selection.anchorNode);
  if (touched || document.hidden) event.preventDefault();
});

let wasOpen = new Map();

document.addEventListener("htmx:beforeSwap", (event) => {
  const all = event.detail.target.querySelectorAll("details[id]");
  wasOpen = new Map([...all].map((details) => [details.id, details.open]));
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [id, open] of wasOpen) {
    const details = document.getElementById(id);
    if (details) details.open = open;
  }
});

// A form is sent once: the second click of a double click finds its button disabled.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    setTimeout(() => { button.disabled = true; });
    addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
  }
});
