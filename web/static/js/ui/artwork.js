// A picture of a track, a release or an artist: sent as soon as it is chosen, shown when the server has looked at it.
import { visit } from "@hotwired/turbo";
import { say } from "../texts.js";

export function startArtwork() {
  document.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const part = holder(input);
    if (part && input.files?.[0]) send(part, "PUT", input.files[0]);
    if (part) input.value = ""; // the same one can be chosen again
  });
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-remove]");
    const part = button && holder(button);
    if (!part) return;
    event.preventDefault();
    send(part, "DELETE", null);
  });
}

/** @param {Element} element @returns {HTMLElement | null} */
function holder(element) {
  return element.closest("[data-artwork]");
}

/** @param {HTMLElement} part @param {string} method @param {File | null} file */
async function send(part, method, file) {
  const said = /** @type {HTMLElement} */ (part.querySelector("[data-said]"));
  said.classList.remove("wrong");
  said.textContent = "…";
  const problem = await ask(part.dataset.artwork ?? "", method, file);
  if (!problem) return visit(location.href, { action: "replace" });
  said.textContent = problem;
  said.classList.add("wrong");
}

/** @param {string} address @param {string} method @param {File | null} body @returns {Promise<string | null>} what went wrong */
async function ask(address, method, body) {
  try {
    const response = await fetch(address, { method, body });
    return response.ok ? null : (await response.json()).detail;
  } catch {
    return say("notSaved");
  }
}
