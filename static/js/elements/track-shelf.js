// @ts-check
import { EchoesElement, announce } from "echoes/element";
import { gettext, ngettext } from "echoes/words";

const FILM_LOUDNESS = -14; // LUFS

/** The shelf of music: one track at a time is listened to, from where its wave is touched; and it is narrowed to a kind. */
export class TrackShelf extends EchoesElement {
  #audio = new Audio();
  /** @type {Set<string>} jobs of which a track will come */
  #coming = new Set();

  connected() {
    this.#audio.preload = "none";
    this.on("click", (event) => this.#click(event.target));
    this.on("input", (event) => event.target.matches(".track__seek") && this.#seek(event.target));
    this.on("ended", () => this.stop(), this.#audio);
    this.on("timeupdate", () => this.#moved(), this.#audio);
    this.on("error", () => this.stop(), this.#audio);
    this.on("film:play", () => this.stop(), document);
    this.on("htmx:afterSettle", () => this.#swapped(), document);
    this.#note();
  }

  disconnected() {
    this.stop();
  }

  stop() {
    this.#audio.pause();
    const track = this.#playing;
    if (!track) return;
    track.dataset.state = "ready";
    name(track, gettext("Listen to {title}", { title: title(track) }));
  }

  /** @returns {HTMLElement|null} */
  get #playing() {
    return this.find('.track[data-state="playing"]');
  }

  /** @param {Element} target */
  #click(target) {
    const kind = /** @type {HTMLElement|null} */ (target.closest(".kind"));
    if (kind) return this.#narrow(kind.dataset.kind ?? "");
    const track = /** @type {HTMLElement|null} */ (target.closest(".track__play")?.closest(".track") ?? null);
    if (!track) return;
    if (track === this.#playing) this.stop();
    else this.#listen(track);
  }

  /** @param {HTMLElement} track */
  #listen(track) {
    this.stop();
    this.say("shelf:play");
    const { audio, slider } = { audio: this.#audio, slider: slide(track) };
    if (audio.dataset.track !== track.id) audio.src = track.dataset.url ?? "";
    audio.dataset.track = track.id;
    audio.currentTime = slider.valueAsNumber < slider.max - 0.2 ? slider.valueAsNumber : 0;
    audio.volume = evenly(track.dataset.loudness);
    audio.play().catch(() => this.stop());
    track.dataset.state = "playing";
    slider.tabIndex = 0;
    name(track, gettext("Stop {title}", { title: title(track) }));
  }

  /** @param {any} slider */
  #seek(slider) {
    const track = /** @type {HTMLElement} */ (slider.closest(".track"));
    show(track, slider.valueAsNumber);
    if (track === this.#playing) this.#audio.currentTime = slider.valueAsNumber;
    else this.#listen(track);
  }

  #moved() {
    const track = this.#playing;
    if (track && !this.#audio.seeking) show(track, this.#audio.currentTime);
  }

  /** @param {string} kind */
  #narrow(kind) {
    for (const button of this.querySelectorAll(".kind")) button.setAttribute("aria-pressed", String(button.getAttribute("data-kind") === kind));
    this.dataset.kind = kind;
    const left = this.#hide();
    announce(ngettext("One track", "{count} tracks", left));
  }

  /** What is chosen stays in sight, whatever its kind. @returns {number} */
  #hide() {
    const { kind = "" } = this.dataset;
    let left = 0;
    for (const track of this.querySelectorAll(".track[data-kinds]")) {
      const fits = !kind || track.getAttribute("data-kinds")?.split(" ").includes(kind);
      if (fits) left += 1;
      /** @type {HTMLElement} */ (track).hidden = !fits && !track.querySelector(":checked");
    }
    this.find(".shelf__none").hidden = left > 0 || kind !== "own";
    return left;
  }

  /** The shelf came again: narrowed as before, and what somebody brought or ordered is taken if there was no music. */
  #swapped() {
    const { kind = "" } = this.dataset;
    for (const button of this.querySelectorAll(".kind")) button.setAttribute("aria-pressed", String(button.getAttribute("data-kind") === kind));
    this.#hide();
    for (const from of this.#coming) {
      const pick = this.find(`.track[data-came-from="${from}"][data-state="ready"] .track__pick`);
      if (!pick) continue;
      announce(gettext("Your music is ready"));
      if (!this.find("#music-none").checked) continue;
      pick.checked = true;
      pick.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.#note();
  }

  #note() {
    const coming = this.querySelectorAll('.track[data-state="processing"][data-came-from]');
    this.#coming = new Set([...coming].map((track) => track.getAttribute("data-came-from") ?? ""));
  }
}

/** @param {HTMLElement} track */
function title(track) {
  return track.querySelector(".track__title")?.textContent ?? "";
}

/** Of the button that plays it. @param {HTMLElement} track @param {string} said */
function name(track, said) {
  track.querySelector(".track__play")?.setAttribute("aria-label", said);
}

/** @param {HTMLElement} track @returns {any} */
function slide(track) {
  return track.querySelector(".track__seek");
}

/** @param {HTMLElement} track @param {number} seconds */
function show(track, seconds) {
  const slider = slide(track);
  slider.value = String(seconds);
  slider.setAttribute("aria-valuetext", gettext("{time} of {whole}", { time: clock(seconds), whole: clock(Number(slider.max)) }));
  track.style.setProperty("--played", String(seconds / Number(slider.max)));
}

/** @param {number} seconds */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

/** The volume at which tracks are as loud as each other, and as films are (compiler/mix.py), as far as turning down can do it. @param {string|undefined} loudness in LUFS, empty where nobody measured it */
function evenly(loudness) {
  return loudness ? Math.min(1, 10 ** ((FILM_LOUDNESS - Number(loudness)) / 20)) : 1;
}
