// What htmx does not do. Every page works without this file; nothing here decides anything.
"use strict";

// A countdown that the server began: it shows the seconds that are left, and asks for the page anew at their end.
function countDown(element) {
  const ends = Date.now() + 1000 * Number(element.dataset.seconds);
  const tick = () => {
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    element.textContent = String(left);
    if (left > 0) setTimeout(tick, 250);
    else setTimeout(() => location.reload(), 3000);
  };
  tick();
}

// Put what a button offers where the cursor stood last in its form, or else at the end of the text that it belongs to.
// Done as if it were typed, so that it can be undone.
const written = (form) => [...form.querySelectorAll("textarea")];
let cursor = null;
document.addEventListener("focusout", (event) => {
  if (event.target.matches("form[data-keep] textarea")) cursor = event.target;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  let text = cursor;
  if (!text?.isConnected) {
    text = document.getElementById(button.dataset.into);
    text.setSelectionRange(text.value.length, text.value.length);
  }
  text.focus();
  document.execCommand("insertText", false, button.dataset.insert);
});

// Lead from what is wrong with a text to its line.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  const text = link && document.getElementById(link.dataset.into);
  if (!text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const before = lines.slice(0, Number(link.dataset.line) - 1);
  const start = before.reduce((length, line) => length + line.length + 1, 0);
  text.setSelectionRange(start, start + (lines[before.length] || "").length);
  text.focus();
  text.scrollTop = heightOf(text, start) - text.clientHeight / 3;
});

// How high the beginning of a text is, as it is broken into lines here; browsers do not tell.
function heightOf(text, end) {
  const twin = text.cloneNode();
  twin.value = text.value.slice(0, end);
  Object.assign(twin.style, { height: "0", minHeight: "0", visibility: "hidden" });
  text.after(twin);
  const height = twin.scrollHeight;
  twin.remove();
  return height;
}

// A text that was changed and not saved is not lost by a slip.
let unsaved = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-keep]")) unsaved = true;
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-keep]")) return;
  unsaved = false;
  setAside(event.target);
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

// What was sent to be saved stays with this tab until it is: the answer may be that one is signed out by now.
function setAside(form) {
  const note = form.querySelector("[data-aside]");
  if (note) sessionStorage.setItem(note.dataset.aside, JSON.stringify(written(form).map((text) => text.value)));
}
function bringBack(note) {
  const texts = written(note.closest("form"));
  const kept = JSON.parse(sessionStorage.getItem(note.dataset.aside));
  if (kept?.length !== texts.length) return; // nothing, or sent from the other way of editing
  if (texts.every((text, at) => text.value.trimEnd() === kept[at].trimEnd())) return;
  note.hidden = false;
  note.querySelector("button").addEventListener("click", () => {
    texts.forEach((text, at) => { text.value = kept[at]; });
    texts[0].dispatchEvent(new Event("input", { bubbles: true }));
    note.hidden = true;
    texts[0].focus();
  });
}

// What is only there for those without scripts goes, and what needs them appears.
document.documentElement.classList.add("scripted");
const begin = (root) => root.querySelectorAll("[data-seconds]").forEach(countDown);
document.addEventListener("DOMContentLoaded", () => {
  begin(document);
  document.querySelector("[data-focus]")?.focus(); // what is wrong is read out first
  document.querySelectorAll("[data-saved]").forEach((one) => sessionStorage.removeItem(one.dataset.saved));
  document.querySelectorAll("[data-aside]").forEach(bringBack);
  unsaved = document.querySelector("form[data-unsaved]") !== null; // it came back to be looked at
});
// Whether a field is wrong is told to screen readers too, while one types.
document.addEventListener("htmx:afterSettle", () => {
  for (const found of document.querySelectorAll("[data-problems]")) {
    document.getElementById(found.dataset.problems).ariaInvalid = found.querySelector(".wrong") ? "true" : null;
  }
});
document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
