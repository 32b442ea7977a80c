// @ts-check
/**
 * What is heard in a film, when and how loud. Pure: no page, no clock. All times are frames, unless they say so.
 *
 * As compiler/mix.py and compiler/audio.py have it, with three things that only the finished film knows:
 * - A film with clips' own sound is brought to -14 LUFS as a whole, after it was mixed. Nobody has measured
 *   the mix yet, so here its parts are as loud beside each other as in the film, and all of it as loud as its
 *   files are.
 * - Music gives way to what is heard over it by how loud that is at the moment. Here every sound counts as
 *   LIKELY loud, for as long as it lasts.
 * - A browser plays nothing louder than its file is.
 *
 * @typedef {{source: string, url: string, start: number, length: number, trim: number, volume: number, rise: number, fall: number}} Sound
 *   rise and fall are the lengths of its fades; volume is a gain, 0 to 1.
 */

const TICKS = 24_000; // of a second
const FILM_LOUDNESS = -14; // LUFS
const FULL_VOLUME = 50; // from here on, music alone is as loud as a film gets
const SOFT_EDGE = 0.01; // seconds: takes the click away from a sound that begins or ends within its wave
// How music gives way: `DUCKING` of compiler/audio.py.
const THRESHOLD = 0.02;
const RATIO = 6;
const LIKELY = 0.1; // -20 dBFS, as speech is
const RETURN = 0.25; // seconds in which what is left of a sound's hold on the music falls to a third

/** Clips' own sounds: they come and go with their pictures. @param {any} film @param {import("echoes/scenes").Scene[]} all  the film's scenes @returns {Sound[]} */
export function sounds(film, all) {
  const first = film.title ? 1 : 0;
  const found = film.items.map((/** @type {any} */ item, /** @type {number} */ index) => item.sound && own(film, item.sound, all[first + index], all[first + index + 1]));
  return found.filter((/** @type {Sound|null} */ sound) => sound && sound.volume > 0 && sound.length >= 2 * SOFT_EDGE * film.fps);
}

/** @param {any} film @param {any} sound @param {import("echoes/scenes").Scene} scene @param {import("echoes/scenes").Scene|undefined} next @returns {Sound} */
function own(film, { source, volume }, { start, length, trim, overlap }, next) {
  const [rise, fall] = [overlap, next?.overlap ?? 0].map((frames) => Math.min(Math.max(frames, SOFT_EDGE * film.fps), length / 2));
  return { source, url: film.sounds?.[source] ?? "", start, length, trim, volume: volume / 100, rise, fall };
}

/** A sound's gain at a frame, 0 to 1. @param {Sound} sound @param {number} frame */
export function loudness(sound, frame) {
  const into = frame - sound.start;
  if (into < 0 || into >= sound.length) return 0;
  return sound.volume * Math.min(1, into / sound.rise, (sound.length - into) / sound.fall);
}

/** The music's gain at a frame, 0 to 1. @param {any} film @param {Sound[]} over  what it gives way to @param {number} frame */
export function gain(film, over, frame) {
  const level = over.length ? film.music.volume / 100 : alone(film);
  return Math.min(1, level * ducked(over, frame, film.fps) * faded(film, frame));
}

/** Music alone: as loud as a film gets from the middle of the slider on. @param {any} film */
function alone(film) {
  const level = film.music_loudness == null ? 1 : 10 ** ((FILM_LOUDNESS - film.music_loudness) / 20);
  return Math.min(1, level * Math.min(1, film.music.volume / FULL_VOLUME));
}

/** How much of the music is left beside what is heard over it, 0 to 1. @param {Sound[]} over @param {number} frame @param {number} fps */
export function ducked(over, frame, fps) {
  const key = LIKELY * Math.max(0, ...over.map((sound) => held(sound, frame, fps)));
  return key > THRESHOLD ? (key / THRESHOLD) ** (1 / RATIO - 1) : 1;
}

/** A sound's hold on the music, which does not end with it at once. @param {Sound} sound @param {number} frame @param {number} fps */
function held(sound, frame, fps) {
  const falls = sound.start + sound.length - sound.fall;
  if (frame < falls) return loudness(sound, frame);
  return Math.max(loudness(sound, frame), sound.volume * Math.exp((falls - frame) / (RETURN * fps)));
}

/** Both fades, as a quarter of a sine. Music that is not to start over fades out before its own end. @param {any} film @param {number} frame */
function faded(film, frame) {
  const { duration, offset = 0, fade_in: rise = 0, fade_out: fall = 0, loop = true } = film.music;
  const whole = (film.total_frames / film.fps) * TICKS;
  const end = loop ? whole : Math.min(whole, duration - (offset % duration));
  const at = (frame / film.fps) * TICKS;
  return quarter(at, Math.min(rise, end)) * quarter(end - at, Math.min(fall, end));
}

/** @param {number} way  ticks that have passed, or are left @param {number} length */
function quarter(way, length) {
  if (!length) return way < 0 ? 0 : 1;
  return Math.sin((Math.PI / 2) * Math.min(1, Math.max(0, way / length)));
}

/** Where in its file the music is at a frame, in seconds; null where it is over. @param {any} film @param {number} frame */
export function musicTime(film, frame) {
  const { duration, offset = 0, loop = true } = film.music;
  const at = (frame / film.fps) * TICKS + (offset % duration);
  if (at >= duration && !loop) return null;
  return (at % duration) / TICKS;
}

/** The frames of the film at which a beat of its music falls. @param {any} film @returns {number[]} */
export function beats(film) {
  if (!film.music || !film.beats?.length) return [];
  const { duration, offset = 0, loop = true } = film.music;
  const whole = (film.total_frames / film.fps) * TICKS;
  const all = [];
  for (let begins = -(offset % duration); begins < whole && (loop || begins <= 0); begins += duration) {
    for (const beat of film.beats) if (beat < duration) all.push(begins + beat);
  }
  return all.filter((tick) => tick >= 0 && tick < whole).map((tick) => (tick / TICKS) * film.fps);
}

/** Every second of them, or fourth, or eighth … so that there are no more than this many. @template T @param {T[]} all @param {number} most */
export function thinned(all, most) {
  let step = 1;
  while (all.length / step > Math.max(1, most)) step *= 2;
  return all.filter((_, index) => index % step === 0);
}
