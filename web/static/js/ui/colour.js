// The accent: the artwork's hue, in OKLCH, moved lighter or darker until text in it can be read on the page.
// Conversions after Björn Ottosson's Oklab; contrast after WCAG 2.2.

const ENOUGH = 4.8; // of 4.5, with room for the tinted surfaces
const PAPER = { light: 0.9, dark: 0.034 }; // relative luminance of the least contrasting surface of each scheme

/** @typedef {{l: number, c: number, h: number}} Oklch */

/** @param {string} hex #rrggbb @returns {Oklch} */
export function fromHex(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16) / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const one = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const two = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  const light = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  return { l: light, c: Math.hypot(one, two), h: ((Math.atan2(two, one) * 180) / Math.PI + 360) % 360 };
}

/** @param {number} value */
function linear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** @param {Oklch} colour @returns {number} relative luminance, clipped to what a screen shows */
export function luminance({ l, c, h }) {
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
  const red = clip(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short);
  const green = clip(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short);
  const blue = clip(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {number} one @param {number} other luminances */
function contrast(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** @param {string} hex @param {"light" | "dark"} scheme @returns {string} a CSS colour that can be read there */
export function accentFor(hex, scheme) {
  const { c, h } = fromHex(hex);
  const colour = { l: scheme === "light" ? 0.6 : 0.72, c: Math.min(0.15, Math.max(0.05, c * 1.25)), h };
  const step = scheme === "light" ? -0.01 : 0.01;
  while (contrast(luminance(colour), PAPER[scheme]) < ENOUGH && colour.l > 0.2 && colour.l < 0.97) colour.l += step;
  return `oklch(${colour.l.toFixed(3)} ${colour.c.toFixed(3)} ${h.toFixed(1)})`;
}

/** Tint the element, and what is in it, by a colour; without one it has the site's own. @param {HTMLElement} element @param {string | null} [hex] */
export function tint(element, hex) {
  for (const scheme of /** @type {const} */ (["light", "dark"])) {
    if (hex) element.style.setProperty(`--accent-${scheme}`, accentFor(hex, scheme));
    else element.style.removeProperty(`--accent-${scheme}`);
  }
}
