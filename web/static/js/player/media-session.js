// The Media Session API: media keys, headphones' buttons and the lock screen.
import { creditOf } from "../tracks.js";

/** @typedef {import("./player.js").Player} Player */

/** @param {Player} player */
export function startMediaSession(player) {
  if (!("mediaSession" in navigator)) return;
  const session = navigator.mediaSession;
  /** @type {Partial<Record<MediaSessionAction, MediaSessionActionHandler>>} */
  const actions = {
    play: () => void player.play(),
    pause: () => player.pause(),
    stop: () => player.pause(),
    nexttrack: () => void player.next(),
    previoustrack: () => void player.previous(),
    seekbackward: ({ seekOffset }) => player.seek(player.position - (seekOffset ?? 10)),
    seekforward: ({ seekOffset }) => player.seek(player.position + (seekOffset ?? 10)),
    seekto: ({ seekTime }) => player.seek(seekTime ?? 0),
  };
  for (const [action, act] of Object.entries(actions)) take(session, /** @type {MediaSessionAction} */ (action), act);
  player.addEventListener("track", () => describe(session, player));
  player.addEventListener("state", () => (session.playbackState = player.playing ? "playing" : "paused"));
  for (const name of ["track", "state", "sought"]) player.addEventListener(name, () => place(session, player));
}

/** @param {MediaSession} session @param {MediaSessionAction} action @param {MediaSessionActionHandler} act */
function take(session, action, act) {
  try {
    session.setActionHandler(action, act);
  } catch {
    // This browser does not know the action.
  }
}

/** @param {MediaSession} session @param {Player} player */
function describe(session, player) {
  const { track } = player;
  if (!track) return;
  const sizes = Object.entries(track.artwork?.sizes ?? {});
  session.metadata = new MediaMetadata({
    title: track.title,
    artist: creditOf(track),
    album: track.release?.title ?? "",
    artwork: sizes.map(([size, src]) => ({ src, sizes: `${size}x${size}`, type: "image/webp" })),
  });
}

/** @param {MediaSession} session @param {Player} player */
function place(session, player) {
  const { duration, position } = player;
  if (duration) session.setPositionState?.({ duration, position: Math.min(position, duration), playbackRate: 1 });
}
