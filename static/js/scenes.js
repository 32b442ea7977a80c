// @ts-check
/**
 * The film's document as scenes in time. Pure: no page, no clock. All numbers are frames.
 *
 * @typedef {{card: {text: string, subtitle: string}|null, source: string, url: string, poster: string, start: number, length: number, trim: number, kind: string, overlap: number, focus: Point[]}} Scene
 *   kind and overlap say how this scene comes in, over the end of the one before.
 * @typedef {{aspect: string, x: number, y: number}} Point  in thousandths of the picture
 * @typedef {{text: string, place: string, look: string, start: number, end: number}} Words
 */

// Seconds in which words come up and go down; of short ones, at most this share.
const RISE = 0.25;
// LUFS: as loud as platforms play.
const FILM_LOUDNESS = -14;

/** @param {any} film @returns {Scene[]} */
export function scenes(film) {
  const { items } = film;
  const opening = film.title ? [cardScene(film, film.title, items[0], 0)] : [];
  const closing = film.end ? [cardScene(film, film.end, items[items.length - 1], film.end_start)] : [];
  // The server decides where each begins; how far two overlap follows from it.
  const clips = items.map((/** @type {any} */ item, /** @type {number} */ index) => clipScene(film, item, film.starts[index]));
  const all = [...opening, ...clips, ...closing];
  const kinds = [...opening.map(() => film.transition.kind), ...items.map((/** @type {any} */ item) => (item.transition ?? film.transition).kind)];
  for (let index = 1; index < all.length; index++) {
    all[index].kind = kinds[index - 1];
    all[index].overlap = Math.max(0, all[index - 1].start + all[index - 1].length - all[index].start);
  }
  return all;
}

/** @param {any} film @param {any} card @param {any} beside @param {number} start @returns {Scene} */
function cardScene(film, card, beside, start) {
  const poster = film.posters?.[beside.source] ?? "";
  return { card, source: "", url: "", poster, start, length: card.frames, trim: 0, kind: "none", overlap: 0, focus: [] };
}

/** @param {any} film @param {any} item @param {number} start @returns {Scene} */
function clipScene(film, item, start) {
  const length = item.frames - item.trim_start - item.trim_end;
  return { card: null, source: item.source, url: film.urls[item.source], poster: film.posters?.[item.source] ?? "", start, length, trim: item.trim_start, kind: "none", overlap: 0, focus: item.focus ?? [] };
}

/** The film's captions, as frames of the film; words end with their clip. @param {any} film @returns {Words[]} */
export function captions(film) {
  return (film.captions ?? []).map((/** @type {any} */ caption) => {
    const item = film.items[caption.item];
    const begins = film.starts[caption.item];
    const start = begins + caption.start;
    const end = Math.min(start + caption.frames, begins + item.frames - item.trim_start - item.trim_end);
    return { text: caption.text, place: caption.place, look: caption.look, start, end };
  });
}

/** How much of its words is there at a frame, 0 to 1; as compiler/captions.py has it. @param {Words} words @param {number} frame @param {number} fps */
export function presence(words, frame, fps) {
  const length = words.end - words.start;
  const at = Math.floor(frame) - words.start;
  if (at < 0 || at >= length) return 0;
  const rise = Math.min(Math.floor(RISE * fps), Math.floor(RISE * length)) + 1;
  return smoothstep(Math.min(at + 1, length - at) / rise);
}

/** 0 to 1, at rest at both ends. @param {number} share */
export function smoothstep(share) {
  const part = Math.min(1, Math.max(0, share));
  return part * part * (3 - 2 * part);
}

/**
 * Where to cut a clip of one shape for another: CSS's object-position, in hundredths, with the point
 * that somebody wants to keep in view as near to the middle as the picture reaches.
 * @param {Point[]} focus @param {string} aspect  of the film that is looked at @param {string} own  of the clip
 */
export function framing(focus, aspect, own) {
  const point = focus.find((one) => one.aspect === aspect);
  const share = seen(aspect, own);
  return { x: place(point?.x ?? 500, share.x), y: place(point?.y ?? 500, share.y) };
}

/** How much of a picture's sides is in view in another shape. @param {string} aspect @param {string} own */
export function seen(aspect, own) {
  const wide = number(own) / number(aspect);
  return { x: Math.min(1, 1 / wide), y: Math.min(1, wide) };
}

/** @param {number} middle  in thousandths @param {number} share  of the side that is in view */
function place(middle, share) {
  if (share >= 1) return 50;
  return 100 * Math.min(1, Math.max(0, (middle / 1000 - share / 2) / (1 - share)));
}

/** @param {string} aspect */
function number(aspect) {
  const [width, height] = aspect.split(":").map(Number);
  return width / height;
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
  // A quiet song cannot be made louder here than its file is.
  const level = film.music_loudness == null ? 1 : 10 ** ((FILM_LOUDNESS - film.music_loudness) / 20);
  return Math.min(1, level * Math.min(1, volume / 50)) * (fade ? Math.min(1, Math.max(0, left / fade)) : 1);
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
