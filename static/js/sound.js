// @ts-check
import { gain, loudness, musicTime, sounds } from "echoes/heard";

const DRIFT = 0.12; // seconds that nobody hears
const AHEAD = 4; // seconds before it is due, a sound is fetched

/** What is heard of a film: the music, and clips' own sounds, which take turns at two elements as their videos do. */
export class Sound {
  /** @type {any} */
  #film = null;
  /** @type {import("echoes/heard").Sound[]} */
  #over = [];
  /** @type {Fader[]} */
  #voices;
  #music;
  #muted = false;

  /** @param {HTMLAudioElement} music @param {HTMLAudioElement[]} voices */
  constructor(music, voices) {
    this.#music = new Fader(music);
    this.#voices = voices.map((voice) => new Fader(voice));
  }

  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    for (const fader of this.#all) fader.muted = muted;
  }

  /** Whether the film has any. */
  get present() {
    return Boolean(this.#film?.music || this.#over.length);
  }

  get #all() {
    return [this.#music, ...this.#voices];
  }

  /** @param {any} film @param {import("echoes/scenes").Scene[]} scenes */
  take(film, scenes) {
    this.#film = film;
    this.#over = scenes.length ? sounds(film, scenes) : [];
    this.#music.source(film.music?.source ?? "", film.music_url);
    this.#music.audio.loop = film.music?.loop ?? true;
  }

  /** Within a click: phones let an element sound later only if a finger was on the page when it was asked first. */
  unlock() {
    for (const fader of this.#all) fader.unlock();
  }

  pause() {
    for (const fader of this.#all) fader.audio.pause();
  }

  /** All links may have run out: the next film brings new ones. */
  forget() {
    for (const fader of this.#all) fader.forget();
  }

  /** Sound as the film does at a frame. @param {number} frame @param {{playing: boolean, exact: boolean}} how */
  follow(frame, how) {
    const { fps, music } = this.#film;
    if (music) this.#music.follow(musicTime(this.#film, frame), gain(this.#film, this.#over, frame), how);
    else this.#music.audio.pause();
    this.#voices.forEach((voice, turn) => {
      const mine = this.#over.filter((_, index) => index % 2 === turn);
      const sound = mine.find((one) => frame < one.start + one.length);
      if (!sound || frame < sound.start - AHEAD * fps) return voice.audio.pause();
      voice.source(sound.source, sound.url);
      const due = frame >= sound.start ? (frame - sound.start + sound.trim) / fps : null;
      voice.follow(due, loudness(sound, frame), how);
    });
  }

  /** Seconds by which the music is ahead of the film: the film follows, because nobody sees it. @param {number} frame */
  ahead(frame) {
    const { audio } = this.#music;
    const due = this.#film.music ? musicTime(this.#film, frame) : null;
    if (due == null || audio.paused || audio.seeking || audio.readyState < 3) return 0;
    const off = audio.currentTime - due;
    return Math.abs(off) < 1 ? off : 0; // at the seam of a loop they are a song apart
  }
}

/** An audio element whose loudness can be set everywhere. iPhones ignore `volume`; there it goes through Web Audio. */
export class Fader {
  /** @type {AudioContext|null} */
  static context = null;
  /** @type {GainNode|null} */
  #node = null;
  #source = "";

  /** @param {HTMLAudioElement} audio */
  constructor(audio) {
    this.audio = audio;
    this.mute = false;
  }

  /** @param {boolean} muted */
  set muted(muted) {
    this.mute = muted;
    this.audio.muted = muted;
  }

  /** The same file keeps playing when only its link is new. @param {string} source @param {string} url */
  source(source, url) {
    if (this.#source === source) return;
    this.#source = source;
    if (url) this.audio.src = url;
    else this.audio.removeAttribute("src");
  }

  forget() {
    this.#source = "";
  }

  unlock() {
    if (this.#deaf) this.#connect();
    Fader.context?.resume().catch(() => {});
    if (!this.audio.currentSrc) this.audio.load();
  }

  /** @param {number|null} due  seconds in its file; null when it is not to be heard @param {number} gain @param {{playing: boolean, exact: boolean}} how */
  follow(due, gain, { playing, exact }) {
    const { audio } = this;
    if (due == null || !audio.getAttribute("src")) return audio.pause();
    this.#loud(gain);
    const off = Math.abs(audio.currentTime - due);
    const seam = audio.loop && audio.duration - off < DRIFT;
    if ((exact || off > DRIFT) && !seam && !audio.seeking) audio.currentTime = due;
    if (playing && audio.paused && !audio.ended) audio.play().catch(() => {});
    if (!playing) audio.pause();
  }

  /** @param {number} gain */
  #loud(gain) {
    if (this.#node) this.#node.gain.value = gain;
    else this.audio.volume = gain;
    // The least that can be done where nothing else is heeded.
    this.audio.muted = this.mute || gain === 0;
  }

  /** Whether the browser does not heed `volume`. */
  get #deaf() {
    if (this.#node) return false;
    const { volume } = this.audio;
    this.audio.volume = 0.5;
    const heeded = this.audio.volume === 0.5;
    this.audio.volume = volume;
    return !heeded;
  }

  /** Only for files of our own address: of others, Web Audio plays silence. */
  #connect() {
    const url = this.audio.getAttribute("src");
    if (!url || new URL(url, location.href).origin !== location.origin) return;
    Fader.context ??= new AudioContext();
    this.#node = new GainNode(Fader.context);
    Fader.context.createMediaElementSource(this.audio).connect(this.#node).connect(Fader.context.destination);
  }
}
