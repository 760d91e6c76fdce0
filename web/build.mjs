// Bundles web/static into web/built: files named by their content, so that a browser may keep them for a year,
// and manifest.json, which tells the pages what each source is called. hls.js, which only a Play needs, becomes a
// chunk of its own because it is imported lazily.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const SOURCE = "static";
const BUILT = "built";
// What pages name; what these import comes along.
const ENTRIES = ["js/main.js", "css/main.css"];

/** @param {import("esbuild").Metafile} metafile @returns {Record<string, string>} source name → built name */
function names(metafile) {
  const pairs = Object.entries(metafile.outputs)
    .map(([path, output]) => [relative(SOURCE, output.entryPoint ?? ""), relative(BUILT, path)]);
  return Object.fromEntries(pairs.filter(([source]) => ENTRIES.includes(source)));
}

const { metafile } = await build({
  entryPoints: ENTRIES.map((name) => `${SOURCE}/${name}`),
  outdir: BUILT,
  outbase: SOURCE,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  minify: true,
  legalComments: "external", // the libraries' licences go along, in files of their own
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "file", ".woff2": "file", ".png": "file" },
  metafile: true,
  logLevel: "warning",
});
const made = Object.keys(metafile.outputs).map((path) => relative(BUILT, path));
// The server sends NAME.gz in place of NAME to whoever takes it.
const texts = made.filter((name) => /\.(js|css)$/.test(name));
await Promise.all(texts.map(async (name) =>
  writeFile(`${BUILT}/${name}.gz`, gzipSync(await readFile(`${BUILT}/${name}`), { level: 9 }))));
const kept = new Set([...made, ...texts.map((name) => `${name}.gz`)]);
const left = (await readdir(BUILT)).filter((name) => !kept.has(name));
await Promise.all(left.map((name) => rm(`${BUILT}/${name}`)));
// Written last: a manifest means a finished build.
await writeFile(`${BUILT}/manifest.json`, `${JSON.stringify(names(metafile), null, 2)}\n`);
