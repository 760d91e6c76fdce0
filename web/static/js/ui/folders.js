// What was dropped, as files: folders are walked through, and what is not music by its name is left out of them.

const MUSIC = /\.(wav|wave|w64|aiff?|flac|m4a|m4b|mp4|mp3|aac|ogg|oga|opus|spx|wv|ape|mpc|tta|tak|wma|dsf|dff|ac3|caf|au|mka|webm)$/i;

/** @param {DataTransfer} dropped @returns {Promise<File[]>} */
export async function filesOf(dropped) {
  // The entries must be taken at once: after the first wait the browser forgets them.
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.length) return [...dropped.files];
  return (await Promise.all(entries.map((entry) => walk(entry, true)))).flat();
}

/** @param {FileSystemEntry} entry @param {boolean} chosen whether a person pointed at it @returns {Promise<File[]>} */
async function walk(entry, chosen) {
  if (entry.isFile) return chosen || MUSIC.test(entry.name) ? [await read(/** @type {FileSystemFileEntry} */ (entry))] : [];
  const inside = await list(/** @type {FileSystemDirectoryEntry} */ (entry));
  return (await Promise.all(inside.map((one) => walk(one, false)))).flat();
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
function read(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function list(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    // A reader gives a hundred or so at a time, and nothing at the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
    all.push(...some);
  }
}

/** @param {FileList | null} files what a folder's chooser gave @returns {File[]} */
export function musicIn(files) {
  return [...(files ?? [])].filter((file) => MUSIC.test(file.name));
}
