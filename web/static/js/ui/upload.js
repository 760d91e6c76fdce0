// The upload page: files and folders, dropped or chosen, sent two at a time, each in a row that tells how far it is.
import { size } from "../clock.js";
import { say } from "../texts.js";
import { filesOf, musicIn } from "./folders.js";
import { Row } from "./upload-row.js";

const AT_ONCE = 2;

/** @type {Row[]} */
const waiting = [];
let sending = 0;

export function startUploads() {
  document.addEventListener("turbo:load", () => {
    const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-upload]"));
    if (form && !form.dataset.started) start(form);
  });
  addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault(); // ask before what is on its way is lost
  });
}

/** @param {HTMLFormElement} form */
function start(form) {
  form.dataset.started = "yes";
  const drop = /** @type {HTMLElement} */ (form.querySelector("[data-drop]"));
  for (const input of form.querySelectorAll("input")) {
    input.addEventListener("change", () => {
      admit(form, "folder" in input.dataset ? musicIn(input.files) : [...(input.files ?? [])]);
      input.value = "";
    });
  }
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer) admit(form, await filesOf(event.dataTransfer));
  });
  for (const element of document.querySelectorAll("[data-uploads] > li")) Row.adopt(/** @type {HTMLElement} */ (element));
}

/** @param {HTMLFormElement} form @param {File[]} files */
function admit(form, files) {
  const limit = Number(form.dataset.limit);
  const { visibility, artist } = Object.fromEntries(new FormData(form));
  for (const file of files) {
    const row = Row.create(file, { visibility: String(visibility), artist: String(artist) }, queue);
    if (file.size > limit) row.fail(say("tooLarge", { size: size(file.size), limit: size(limit) }), false);
    else queue(row);
  }
}

/** @param {Row} row */
function queue(row) {
  row.wait();
  waiting.push(row);
  next();
}

async function next() {
  if (sending >= AT_ONCE) return;
  const row = waiting.shift();
  if (!row) return;
  sending += 1;
  if (row.pending) await row.send();
  sending -= 1;
  next();
}
