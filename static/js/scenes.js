// @ts-check
/**
 * The film's document as scenes in time. Pure: no page, no clock. All numbers are frames.
 *
 * @typedef {{card: boolean, source: string, url: string, poster: string, start: number, length: number, trim: number, kind: string, overlap: number}} Scene
 *   kind and overlap say how this scene comes in, over the end of the one before.
 */

/** @param {any} film @returns {Scene[]} */
export function scenes(film) {
  const card = film.title ? [cardScene(film)] : [];
  const clips = film.items.map((/** @type {any} */ item) => clipScene(film, item));
  const all = [...card, ...clips];
  // The server decides where each begins; how far two overlap follows from it.
  const skip = film.starts.length - clips.length;
  const kinds = [...card.map(() => film.transition.kind), ...film.items.map((/** @type {any} */ item) => (item.transition ?? film.transition).kind)];
  clips.forEach((/** @type {Scene} */ scene, /** @type {number} */ index) => (scene.start = film.starts[index + skip]));
  for (let index = 1; index < all.length; index++) {
    all[index].kind = kinds[index - 1];
    all[index].overlap = Math.max(0, all[index - 1].start + all[index - 1].length - all[index].start);
  }
  return all;
}

/** @param {any} film @returns {Scene} */
function cardScene(film) {
  const poster = film.posters?.[film.items[0].source] ?? "";
  return { card: true, source: "", url: "", poster, start: 0, length: film.title.frames, trim: 0, kind: "none", overlap: 0 };
}

/** @param {any} film @param {any} item @returns {Scene} */
function clipScene(film, item) {
  const length = item.frames - item.trim_start - item.trim_end;
  return { card: false, source: item.source, url: film.urls[item.source], poster: film.posters?.[item.source] ?? "", start: 0, length, trim: item.trim_start, kind: "none", overlap: 0 };
}

/** What is on at a frame: the scene, the one that is coming in over it, and how far (0 to 1). @param {Scene[]} all @param {number} frame */
export function at(all, frame) {
  let index = all.length - 1;
  while (index > 0 && all[index].start > frame) index--;
  const scene = all[index];
  const into = frame - scene.start;
  if (index > 0 && into < scene.overlap) return { index: index - 1, incoming: index, progress: into / scene.overlap, kind: scene.kind };
  return { index, incoming: -1, progress: 0, kind: "none" };
}

/** The music's gain at a frame, 0 to 1: as compiler/mix.py has it, the middle of the slider is as loud as a film gets. @param {any} film @param {number} frame */
export function gain(film, frame) {
  const { volume, fade_out: fade } = film.music;
  const left = ((film.total_frames - frame) / film.fps) * 24_000;
  return Math.min(1, volume / 50) * (fade ? Math.min(1, Math.max(0, left / fade)) : 1);
}

/** Where in its file the music is at a frame, in seconds. @param {any} film @param {number} frame */
export function musicTime(film, frame) {
  const { duration, offset } = film.music;
  return ((frame / film.fps) * 1 + offset / 24_000) % (duration / 24_000);
}

/** @param {number} frames @param {number} fps */
export function label(frames, fps) {
  const seconds = Math.floor(frames / fps);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
