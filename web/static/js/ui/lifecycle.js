// Coming and going: dates in the visitor's own time, and a new sound for a track, sent with its progress shown.
import { visit } from "@hotwired/turbo";
import { say } from "../texts.js";
import { Sending } from "./sending.js";

const LOOK = 1000; // milliseconds between looks at how far the new sound is

export function startLifecycle() {
  document.addEventListener("turbo:load", () => {
    for (const form of document.querySelectorAll("[data-schedule]")) localise(/** @type {HTMLFormElement} */ (form));
  });
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.matches("[data-schedule]")) field(form, "moment").value = moment(field(form, "publish_at").value);
  }, true);
  document.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const form = /** @type {HTMLFormElement | null} */ (input.closest("[data-replace]"));
    if (form && input.files?.length) replace(form, input.files[0]);
    if (form) input.value = ""; // the same one can be chosen again
  });
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** Show the moment that came with the page, in UTC, in the visitor's time. @param {HTMLFormElement} form */
function localise(form) {
  if (form.dataset.local) return;
  form.dataset.local = "yes";
  const input = field(form, "publish_at");
  if (input.value) {
    const there = new Date(`${input.value}:00Z`);
    input.value = new Date(there.getTime() - there.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
  const zone = form.querySelector("[data-zone]");
  if (zone) zone.textContent = say("ownTime", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
}

/** @param {string} local date and time of a field, in the visitor's time @returns {string} the same as RFC 3339 */
function moment(local) {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

/** Send the new recording, as uploads are sent: over a line that breaks, too. @param {HTMLFormElement} form @param {File} file */
async function replace(form, file) {
  let arrived = 0;
  const sending = new Sending(
    file,
    { filename: file.name, replaces: form.dataset.replace ?? "" },
    (part) => show(form, "sending", (arrived = part)),
    () => show(form, "paused", arrived),
  );
  const input = /** @type {HTMLInputElement} */ (form.querySelector("[type=file]"));
  input.disabled = true; // one at a time
  show(form, "sending", 0);
  const outcome = await sending.start();
  if (outcome && "id" in outcome) await watch(form, outcome.id);
  else if (outcome) tell(form, outcome.problem, true);
  input.disabled = false;
}

/** Look at how far it is until it has come to an end. @param {HTMLFormElement} form @param {string} id */
async function watch(form, id) {
  while (form.isConnected) {
    const upload = await look(id);
    if (upload?.state === "failed") return tell(form, upload.problem ?? say("failed"), true);
    if (upload?.state === "ready") {
      tell(form, say("replaced"), false);
      return visit(upload.track.url, { action: "replace" });
    }
    if (upload) show(form, upload.state, upload.progress);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/** @param {string} id @returns {Promise<any>} null while the line is down */
async function look(id) {
  try {
    const response = await fetch(`/api/v1/uploads/${id}`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** @param {HTMLFormElement} form @param {string} state @param {number} progress 0 to 1 */
function show(form, state, progress) {
  const bar = /** @type {HTMLProgressElement} */ (form.querySelector("progress"));
  tell(form, say(state, { percent: Math.floor(progress * 100) }), false);
  bar.hidden = false;
  bar.value = progress;
}

/** @param {HTMLFormElement} form @param {string} text @param {boolean} wrong */
function tell(form, text, wrong) {
  const said = /** @type {HTMLElement} */ (form.querySelector("[data-said]"));
  if (said.textContent !== text) said.textContent = text;
  form.classList.toggle("wrong", wrong);
  /** @type {HTMLProgressElement} */ (form.querySelector("progress")).hidden = true;
}
