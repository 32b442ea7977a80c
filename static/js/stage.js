// @ts-check
import { mask, prepare } from "echoes/noise";
import { at, captions, framing, presence, smoothstep } from "echoes/scenes";

const DRIFT = 0.25; // seconds: farther away, a video jumps; nearer, it hurries or waits
const CLOSE = 0.03;
const HURRY = 0.15;
const CARD = "card";
const EASED = ["zoom", "blur"];
/** Largest and smallest type of a caption, as compiler/captions.py has them. @type {Record<string, [number, number]>} */
const SIZES = { plain: [5.6, 3.6], plate: [5, 3.6], display: [11.5, 5.5] };

/**
 * What is seen of a film. Two videos take turns, the next is loaded while the first plays; a third layer shows
 * cards, and captions lie over all of them.
 */
export class Stage {
  /** @type {any} */
  #film = null;
  /** @type {import("echoes/scenes").Scene[]} */
  #scenes = [];
  /** @type {import("echoes/scenes").Words[]} */
  #captions = [];
  /** @type {import("echoes/scenes").Scene|null} */
  #written = null;
  /** @type {HTMLElement[]} */
  #layers;
  /** @type {HTMLElement[]} */
  #said;

  /** @param {HTMLElement} place @param {string} own  the shape that the clips have @param {AbortSignal} signal */
  constructor(place, own, signal) {
    this.place = place;
    this.own = this.aspect = own;
    this.signal = signal;
    this.#layers = [...place.querySelectorAll(".layer")].map((layer) => /** @type {HTMLElement} */ (layer));
    this.#said = [...place.querySelectorAll(".said")].map((said) => /** @type {HTMLElement} */ (said));
  }

  /** @param {any} film @param {import("echoes/scenes").Scene[]} scenes */
  take(film, scenes) {
    this.#film = film;
    this.#scenes = scenes;
    this.reread();
    if (scenes.some((scene) => scene.kind === "dissolve")) prepare(this.aspect, this.signal);
  }

  /** Words of the film have changed. */
  reread() {
    this.#captions = captions(this.#film);
    this.#written = null;
  }

  /** @param {string} aspect */
  turn(aspect) {
    this.aspect = aspect;
    this.#written = null;
  }

  pause() {
    for (const layer of this.#layers) layer.querySelector("video")?.pause();
  }

  /** The links have run out: the film that is taken next brings new ones. */
  forget() {
    for (const layer of this.#layers) delete layer.querySelector("video")?.dataset.source;
  }

  /** Whether everything that is on at a frame can be shown. @param {number} frame */
  ready(frame) {
    const shown = at(this.#scenes, frame);
    return [shown.index, shown.incoming].every((index) => {
      const video = this.#video(index);
      return !video || video.readyState >= 3 || video.ended || Boolean(video.error);
    });
  }

  /** @param {number} frame @param {{playing: boolean, exact: boolean}} how */
  draw(frame, how) {
    const shown = at(this.#scenes, frame);
    this.#blend(shown);
    for (const layer of this.#layers) {
      const index = [shown.index, shown.incoming].find((one) => one >= 0 && this.#layer(one) === layer) ?? -1;
      layer.toggleAttribute("data-on", index >= 0);
      layer.toggleAttribute("data-incoming", index >= 0 && index === shown.incoming);
      if (index < 0) this.#rest(layer, shown);
      else if (this.#scenes[index].card) this.#raise(this.#scenes[index], frame, how.playing);
      else this.#show(index, frame, how);
    }
    this.#speak(frame);
  }

  /** @param {{kind: string, progress: number}} shown */
  #blend({ kind, progress }) {
    const { style, dataset } = this.place;
    if (dataset.transition !== kind) dataset.transition = kind;
    if (kind === "none") return;
    style.setProperty("--p", String(EASED.includes(kind) ? smoothstep(progress) : progress));
    style.setProperty("--soft", String(smoothstep(1 - Math.abs(2 * progress - 1))));
    if (kind === "dissolve") style.setProperty("--noise", mask(progress, this.aspect));
  }

  /** @param {number} index @param {number} frame @param {{playing: boolean, exact: boolean}} how */
  #show(index, frame, { playing, exact }) {
    const scene = this.#scenes[index];
    const video = this.#load(index);
    this.#frameOf(video, scene);
    const wanted = (frame - scene.start + scene.trim) / this.#film.fps;
    const last = (scene.trim + scene.length - 0.5) / this.#film.fps;
    const behind = wanted - video.currentTime;
    if (exact || Math.abs(behind) > DRIFT) video.currentTime = Math.min(wanted, last);
    // A little faster or slower is not seen; a jump is.
    const rate = Math.abs(behind) > CLOSE && !exact ? 1 + Math.max(-HURRY, Math.min(HURRY, behind)) : 1;
    if (Math.abs(video.playbackRate - rate) > 0.01) video.playbackRate = rate;
    if (playing && video.paused && wanted < last) video.play().catch(() => {});
    if (!playing || wanted >= last) video.pause();
  }

  /** What of the picture is in view; asked at every frame, and set when it is another. @param {HTMLVideoElement} video @param {import("echoes/scenes").Scene} scene */
  #frameOf(video, scene) {
    const key = `${scene.key} ${this.aspect} ${scene.focus.map(({ x, y }) => `${x},${y}`)}`;
    if (video.dataset.framed === key) return;
    video.dataset.framed = key;
    const { x, y } = framing(scene.focus, this.aspect, this.own);
    video.style.objectPosition = `${x}% ${y}%`;
  }

  /** A layer that is not on gets the scene that it shows next. @param {HTMLElement} layer @param {{index: number, incoming: number}} shown */
  #rest(layer, shown) {
    const video = layer.querySelector("video");
    if (!video) return;
    video.pause();
    const after = Math.max(shown.index, shown.incoming);
    const next = this.#scenes.findIndex((scene, index) => index > after && scene.turn === Number(layer.dataset.layer));
    if (next < 0) return;
    const wanted = this.#scenes[next].trim / this.#film.fps;
    if (Math.abs(this.#load(next).currentTime - wanted) > 0.02) video.currentTime = wanted;
  }

  /** @param {number} index @returns {HTMLVideoElement} */
  #load(index) {
    const scene = this.#scenes[index];
    const video = /** @type {HTMLVideoElement} */ (this.#video(index));
    // The same file goes on playing when only its link is new.
    if (video.dataset.source === scene.source) return video;
    video.dataset.source = scene.source;
    video.poster = scene.poster;
    video.src = scene.url;
    return video;
  }

  /** @param {number} index */
  #layer(index) {
    const scene = this.#scenes[index];
    const name = scene?.card ? CARD : String(scene?.turn);
    return this.#layers.find((layer) => layer.dataset.layer === name);
  }

  /** @param {number} index */
  #video(index) {
    return this.#layer(index)?.querySelector("video") ?? null;
  }

  /** The words of a card come up as they do in the film. @param {import("echoes/scenes").Scene} scene @param {number} frame @param {boolean} playing */
  #raise(scene, frame, playing) {
    if (this.#written !== scene) this.#write(scene);
    const { fps } = this.#film;
    const seconds = scene.length / fps;
    const wait = Math.min(0.25, seconds / 10);
    const rise = Math.min(0.7, seconds / 4);
    const progress = ((frame - scene.start) / fps - wait) / rise;
    const words = frame < 1 && !playing ? 1 : Math.min(1, Math.max(0, progress));
    /** @type {HTMLElement} */ (this.place.querySelector(".layer__words")).style.opacity = String(words);
  }

  /** @param {import("echoes/scenes").Scene} scene */
  #write(scene) {
    const { text, subtitle } = scene.card ?? { text: "", subtitle: "" };
    /** @type {HTMLElement} */ (this.place.querySelector(".layer--card")).dataset.face = scene.card?.face ?? "";
    const [title, below] = this.place.querySelectorAll(".layer__words p");
    title.textContent = text;
    below.textContent = subtitle;
    /** @type {HTMLElement} */ (this.place.querySelector(".layer__words hr")).hidden = !text || !subtitle;
    /** @type {HTMLImageElement} */ (this.place.querySelector(".layer__back")).src = scene.poster;
    fit(title, 13, 5);
    fit(below, 4.6, 3.6);
    this.#written = scene;
  }

  /** What is said over the pictures at this moment: two clips that overlap may both say something. @param {number} frame */
  #speak(frame) {
    const { fps } = this.#film;
    this.#said.forEach((place, turn) => {
      const found = this.#captions.find((one, index) => index % 2 === turn && presence(one, frame, fps) > 0);
      const strength = String(found ? presence(found, frame, fps) : 0);
      if (place.style.opacity !== strength) place.style.opacity = strength;
      if (found) this.#say(place, found);
    });
  }

  /** @param {HTMLElement} place @param {import("echoes/scenes").Words} words */
  #say(place, words) {
    const written = [words.text, words.place, words.look, this.aspect].join("\n");
    if (place.dataset.written === written) return;
    Object.assign(place.dataset, { written, place: words.place, look: words.look });
    const line = /** @type {HTMLElement} */ (place.querySelector(".said__words"));
    line.textContent = words.text;
    line.style.inlineSize = "";
    fit(line, ...SIZES[words.look]);
    if (words.look !== "plate") return;
    // A plate is as wide as its longest line, which CSS does not know.
    const range = document.createRange();
    range.selectNodeContents(line);
    const shorter = Math.min(this.place.clientWidth, this.place.clientHeight);
    line.style.inlineSize = `calc(${(range.getBoundingClientRect().width / shorter) * 100 + 0.1}cqmin + 1.2em)`;
  }
}

/** The largest type that keeps a text in its room, as the compiler sets it: hundredths of the stage's shorter side. @param {any} text @param {number} largest @param {number} smallest */
function fit(text, largest, smallest) {
  for (let size = largest; ; size *= 0.93) {
    text.style.fontSize = `${Math.max(size, smallest)}cqmin`;
    if (size <= smallest || (text.scrollHeight <= text.clientHeight + 1 && text.scrollWidth <= text.clientWidth + 1)) return;
  }
}
