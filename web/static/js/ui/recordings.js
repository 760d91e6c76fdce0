// The table of one's own recordings: choosing many, with Shift a whole stretch, and finding while one types.
import { say } from "../texts.js";

const PAUSE = 250; // milliseconds without a key before it looks

/** @type {HTMLInputElement | null} the box that was changed last */
let last = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let looking;

export function startChoosing() {
  document.addEventListener("click", (event) => choose(event));
  document.addEventListener("input", (event) => find(/** @type {HTMLElement} */ (event.target)));
  for (const name of ["turbo:load", "turbo:frame-load"]) document.addEventListener(name, () => count());
  document.addEventListener("turbo:frame-load", (event) => arrive(/** @type {HTMLElement} */ (event.target)));
}

/** @param {MouseEvent} event */
function choose(event) {
  const box = /** @type {HTMLInputElement} */ (event.target);
  const form = box.closest("[data-choose]");
  if (!form || box.type !== "checkbox") return;
  const boxes = boxesOf(form);
  if ("all" in box.dataset) for (const one of boxes) one.checked = box.checked;
  else if (event.shiftKey && last && boxes.includes(last)) stretch(boxes, last, box);
  last = box;
  count();
}

/** @param {HTMLInputElement[]} boxes @param {HTMLInputElement} from @param {HTMLInputElement} to */
function stretch(boxes, from, to) {
  const [first, end] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
  for (const box of boxes.slice(first, end + 1)) box.checked = to.checked;
}

/** @param {Element} form @returns {HTMLInputElement[]} */
function boxesOf(form) {
  return [...form.querySelectorAll("input")].filter((box) => box.name === "id");
}

/** Say how many are chosen. */
function count() {
  const form = document.querySelector("[data-choose]");
  if (!form) return;
  const boxes = boxesOf(form);
  const chosen = boxes.filter((box) => box.checked).length;
  const all = /** @type {HTMLInputElement} */ (form.querySelector("[data-all]"));
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  /** @type {HTMLElement} */ (form.querySelector("[data-count]")).textContent = chosen ? say("chosen", { chosen }) : say("chooseSome");
  /** @type {HTMLButtonElement} */ (form.querySelector("[data-go]")).disabled = !chosen;
}

/** @param {HTMLElement} field */
function find(field) {
  const form = /** @type {HTMLFormElement | null} */ (field.closest("[data-filter]"));
  if (!form) return;
  clearTimeout(looking);
  looking = setTimeout(() => {
    Object.assign(form.dataset, { turboFrame: "own", turboAction: "replace" }); // the field keeps the keyboard
    form.requestSubmit();
    delete form.dataset.turboFrame;
  }, PAUSE);
}

/** Lead whoever chose recordings to the form that came for them. @param {HTMLElement} frame */
function arrive(frame) {
  const title = /** @type {HTMLElement | null} */ (frame.querySelector("[data-arrive]"));
  title?.focus({ preventScroll: true });
  if (title) frame.scrollIntoView({ block: "start" });
}
