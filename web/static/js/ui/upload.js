// The upload page: files and folders, dropped or chosen, sent two at a time, each in a row that tells how far it is.
import { size } from "../clock.js";
import { say } from "../texts.js";
import { filesOf, musicIn } from "./folders.js";
import { isSending } from "./sending.js";
import { Row } from "./upload-row.js";

const AT_ONCE = 2;

/** @type {Set<Row>} those of files that this tab sends: they go on while one looks at other pages */
const rows = new Set();
/** @type {Row[]} */
const waiting = [];
let sending = 0;

export function startUploads() {
  document.addEventListener("turbo:load", () => {
    const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-upload]"));
    if (form && !form.dataset.started) start(form);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => drag(/** @type {DragEvent} */ (event)));
  }
  addEventListener("beforeunload", (event) => {
    if (isSending() || waiting.length) event.preventDefault(); // ask before what is on its way is lost
  });
}

/** @param {HTMLFormElement} form */
function start(form) {
  form.dataset.started = "yes";
  for (const input of form.querySelectorAll("input")) {
    input.addEventListener("change", () => {
      admit(form, "folder" in input.dataset ? musicIn(input.files) : [...(input.files ?? [])]);
      input.value = "";
    });
  }
  const list = /** @type {HTMLElement} */ (document.querySelector("[data-uploads]"));
  for (const element of list.children) Row.adopt(/** @type {HTMLElement} */ (element));
  for (const row of rows) if (!row.returnTo(list)) rows.delete(row);
}

/** Take in what is dropped anywhere on the page: beside the mark, the browser would leave the page for it. @param {DragEvent} event */
async function drag(event) {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-upload]"));
  if (!form || !event.dataTransfer?.types.includes("Files") || (event.type === "dragleave" && event.relatedTarget)) return;
  event.preventDefault();
  form.querySelector("[data-drop]")?.classList.toggle("over", event.type === "dragover");
  if (event.type === "drop") admit(form, await filesOf(event.dataTransfer));
}

/** @param {HTMLFormElement} form @param {File[]} files */
function admit(form, files) {
  const limit = Number(form.dataset.limit);
  const { visibility, artist } = Object.fromEntries(new FormData(form));
  for (const file of files) {
    const row = Row.create(file, { visibility: String(visibility), artist: String(artist) }, queue);
    rows.add(row);
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
