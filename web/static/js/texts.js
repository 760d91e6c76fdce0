// The words that scripts say. They come with the page, so that they are translated where the page is.

/** @type {Record<string, string>} */
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values] what goes in the place of {braces}
 */
export function say(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}
