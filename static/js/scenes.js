// @ts-check
/**
 * The film's document as scenes in time. Pure: no page, no clock. All numbers are frames.
 *
 * @typedef {{key: string, turn: number, card: {text: string, subtitle: string, face?: string}|null, source: string, url: string, poster: string, start: number, length: number, trim: number, kind: string, overlap: number, focus: Point[]}} Scene
 *   key is the clip's id, or "title" or "end"; turn says which of the two videos plays it, and does not change
 *   when a card is put before it. kind and overlap say how it comes in, over the end of the one before.
 * @typedef {{aspect: string, x: number, y: number}} Point  in thousandths of the picture
 * @typedef {{text: string, place: string, look: string, start: number, end: number}} Words
 */

// Seconds in which words come up and go down; of short ones, at most this share.
const RISE = 0.25;

/** @param {any} film @returns {Scene[]} */
export function scenes(film) {
  const { items } = film;
  const opening = film.title ? [cardScene(film, "title", items[0], 0)] : [];
  const closing = film.end ? [cardScene(film, "end", items[items.length - 1], film.end_start)] : [];
  // The server decides where each begins; how far two overlap follows from it.
  const clips = items.map((/** @type {any} */ item, /** @type {number} */ index) => clipScene(film, item, index));
  const all = [...opening, ...clips, ...closing];
  const kinds = [...opening.map(() => film.transition.kind), ...items.map((/** @type {any} */ item) => (item.transition ?? film.transition).kind)];
  for (let index = 1; index < all.length; index++) {
    all[index].kind = kinds[index - 1];
    all[index].overlap = Math.max(0, all[index - 1].start + all[index - 1].length - all[index].start);
  }
  return all;
}

/** @param {any} film @param {"title"|"end"} key @param {any} beside @param {number} start @returns {Scene} */
function cardScene(film, key, beside, start) {
  const card = film[key];
  const poster = film.posters?.[beside.source] ?? "";
  return { key, turn: -1, card, source: "", url: "", poster, start, length: card.frames, trim: 0, kind: "none", overlap: 0, focus: [] };
}

/** @param {any} film @param {any} item @param {number} index @returns {Scene} */
function clipScene(film, item, index) {
  const { source, focus = [], trim_start: trim } = item;
  const key = film.clips?.[index] ?? String(index);
  const files = { url: film.urls?.[source] ?? "", poster: film.posters?.[source] ?? "" };
  return { key, turn: index % 2, card: null, source, ...files, start: film.starts[index], length: item.frames - trim - item.trim_end, trim, kind: "none", overlap: 0, focus };
}

/** Where somebody is in the film, in words that outlive an edit. Null at its beginning, which is the film's own, whatever comes first. @param {Scene[]} all @param {number} frame @returns {{key: string, into: number}|null} */
export function placed(all, frame) {
  if (!all.length || frame < 1) return null;
  const shown = at(all, frame);
  const { key, start } = all[Math.max(shown.index, shown.incoming)];
  return { key, into: frame - start };
}

/** The frame of that place in the film as it is now. @param {Scene[]} all @param {{key: string, into: number}|null} place @param {number} otherwise  where it is gone */
export function found(all, place, otherwise) {
  const scene = place && all.find((one) => one.key === place.key);
  return scene ? scene.start + Math.min(place.into, scene.length - 1) : otherwise;
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

/** @param {number} frames @param {number} fps */
export function label(frames, fps) {
  const seconds = Math.floor(frames / fps);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
