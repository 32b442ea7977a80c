// @ts-check
import { EchoesElement } from "echoes/element";

const BARS = 60;
const FILM_LOUDNESS = -14; // LUFS

/** The shelf of music: draws the waves, and plays one track at a time to listen to. */
export class TrackShelf extends EchoesElement {
  #audio = new Audio();

  connected() {
    this.#audio.preload = "none";
    for (const track of this.querySelectorAll(".track[data-peaks]")) draw(/** @type {HTMLElement} */ (track));
    this.on("click", (event) => this.#toggle(event.target.closest(".track__play")));
    this.on("ended", () => this.stop(), this.#audio);
    this.on("film:play", () => this.stop(), document);
    this.on("change", () => this.#redraw(), matchMedia("(prefers-color-scheme: dark)"));
    this.on("change", () => this.#redraw());
  }

  disconnected() {
    this.stop();
  }

  stop() {
    this.#audio.pause();
    this.find('[data-state="playing"]')?.setAttribute("data-state", "ready");
  }

  /** @param {Element|null} button */
  #toggle(button) {
    const track = /** @type {HTMLElement|null} */ (button?.closest(".track"));
    if (!track) return;
    const wasPlaying = track.dataset.state === "playing";
    this.stop();
    if (wasPlaying) return;
    this.say("shelf:play");
    this.#audio.src = track.dataset.url ?? "";
    this.#audio.volume = evenly(track.dataset.loudness);
    this.#audio.play().catch(() => this.stop());
    track.dataset.state = "playing";
  }

  #redraw() {
    for (const track of this.querySelectorAll(".track[data-peaks]")) draw(/** @type {HTMLElement} */ (track));
  }
}

/** The volume at which tracks are as loud as each other, and as films are (compiler/mix.py), as far as turning down can do it. @param {string|undefined} loudness in LUFS, empty where nobody measured it */
function evenly(loudness) {
  return loudness ? Math.min(1, 10 ** ((FILM_LOUDNESS - Number(loudness)) / 20)) : 1;
}

/** @param {HTMLElement} track */
function draw(track) {
  const canvas = track.querySelector("canvas");
  const pen = canvas?.getContext("2d");
  const peaks = (track.dataset.peaks ?? "").split(",").map(Number);
  if (!canvas || !pen || peaks.length < 2) return;
  const { width, height } = canvas;
  const step = width / BARS;
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = getComputedStyle(canvas).color;
  for (let bar = 0; bar < BARS; bar++) {
    const peak = peaks[Math.floor((bar / BARS) * peaks.length)];
    const tall = Math.max(3, (peak / 100) * height);
    pen.fillRect(bar * step, (height - tall) / 2, step * 0.55, tall);
  }
}
