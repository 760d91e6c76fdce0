// What this browser remembers between visits. A full or forbidden store is no reason to stop.

/**
 * @template T
 * @param {string} name
 * @param {T} otherwise
 * @returns {T}
 */
export function recall(name, otherwise) {
  try {
    const text = localStorage.getItem(`player.${name}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {unknown} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`player.${name}`, JSON.stringify(value));
  } catch {
    // Nothing is remembered then; the sound goes on.
  }
}

/** Act when another tab remembers something else. @param {string} name @param {() => void} act */
export function onChange(name, act) {
  addEventListener("storage", ({ key }) => {
    if (key === `player.${name}`) act();
  });
}
