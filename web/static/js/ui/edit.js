// Editing a track in place: the form's fields go to the server as they are, and its answer is shown beside the button.
import { visit } from "@hotwired/turbo";
import { say } from "../texts.js";

export function startEditing() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-edit]")) return;
    event.preventDefault();
    save(form);
  });
}

/** @param {HTMLFormElement} form */
async function save(form) {
  const said = /** @type {HTMLElement} */ (form.querySelector("[data-said]"));
  const fields = Object.fromEntries(new FormData(form));
  const genres = String(fields.genres).split(",").map((name) => name.trim()).filter(Boolean);
  said.textContent = "…";
  const answer = await send(form.dataset.edit ?? "", { ...fields, genres });
  said.textContent = answer.problem ?? say("saved");
  form.classList.toggle("wrong", !!answer.problem);
  if (!answer.track) return;
  form.dispatchEvent(new CustomEvent("saved", { detail: answer.track, bubbles: true }));
  // On the track's own page everything around the form has changed, its address perhaps as well.
  if (!form.closest("[data-uploads]")) visit(answer.track.url, { action: "replace" });
}

/**
 * @param {string} id
 * @param {object} changes
 * @returns {Promise<{track?: import("../tracks.js").Track, problem?: string}>}
 */
async function send(id, changes) {
  try {
    const response = await fetch(`/api/v1/tracks/${id}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(changes),
    });
    const answer = await response.json();
    return response.ok ? { track: answer } : { problem: answer.detail };
  } catch {
    return { problem: say("notSaved") };
  }
}
