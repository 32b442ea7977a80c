// @ts-check
import { EchoesElement, announce } from "echoes/element";
import { beats, thinned } from "echoes/heard";
import { at, found, label, placed, scenes } from "echoes/scenes";
import { Sound } from "echoes/sound";
import { Stage } from "echoes/stage";
import { gettext } from "echoes/words";

const STEP = 2; // seconds
const APART = 5; // pixels between beats on the line at least
const PULL = 0.05; // how much faster or slower than the clock a film may run to stay with its music
const PATIENCE = 30_000; // milliseconds before links are fetched anew once more

/**
 * The whole film in the browser, from the same document as the compiler reads. A clock of frames says what is on;
 * `Stage` shows it, and `Sound` makes it heard.
 */
export class FilmPreview extends EchoesElement {
  /** @type {any} */
  #film = null;
  /** @type {import("echoes/scenes").Scene[]} */
  #scenes = [];
  #frame = 0;
  #clip = "";
  #then = 0;
  #asked = 0;
  #renewed = -Infinity;
  #wanted = false;
  #stale = false;
  #scroll = 0;

  connected() {
    this.stage = new Stage(this.find(".stage"), this.dataset.aspect ?? "16:9", this.signal);
    this.sound = new Sound(this.find("[data-music]"), [...this.querySelectorAll("[data-own]")]);
    this.range = this.find("input[type=range]");
    this.output = this.find("output");
    this.on("click", (event) => this.#click(event));
    this.on("input", () => this.seek(Number(this.range.value)), this.range);
    this.on("keydown", (event) => this.#key(event));
    this.on("film:saved", () => this.load(), document);
    this.on("finish:typed", (event) => this.#typed(event.detail), document);
    this.on("film:show", (event) => this.#look(event.detail), document);
    this.on("change", (event) => event.target.name === "preview-shape" && this.#turn(event.target.value));
    this.on("shelf:play", () => this.pause(), document);
    this.on("visibilitychange", () => document.hidden && this.pause(), document);
    this.on("resize", () => this.#scenes.length && this.#mark(), window);
    this.on("error", (event) => this.#lost(event.target), this, { capture: true });
    this.load();
  }

  disconnected() {
    this.pause();
  }

  async load() {
    const asked = ++this.#asked;
    const film = await this.#fetched();
    // Of two that are on their way, the one that was asked for last is the film.
    if (film && asked === this.#asked && !this.signal.aborted) this.#take(film);
  }

  /** The document; null where it cannot be had now. */
  async #fetched() {
    try {
      const response = await fetch(this.getAttribute("src") ?? "", { signal: this.signal });
      return await response.json();
    } catch {
      if (!this.signal.aborted && !this.#film) this.#word(gettext("The preview could not be fetched. Reload the page to try again."));
      return null;
    }
  }

  get playing() {
    return this.dataset.state === "playing";
  }

  play() {
    this.sound?.unlock();
    this.#wanted = !this.#scenes.length;
    if (this.#wanted || this.playing) return;
    if (this.#frame >= this.#film.total_frames - 1) this.#frame = 0;
    this.dataset.state = "playing";
    this.say("film:play");
    this.#then = performance.now();
    this.#label(gettext("Playing"));
    this.#tick(this.#then);
  }

  pause() {
    const was = this.playing;
    this.#wanted = false;
    this.dataset.state = "paused";
    this.sound?.pause();
    this.stage?.pause();
    if (was) this.#label(gettext("Paused"));
  }

  /** @param {number} frame */
  seek(frame) {
    if (!this.#film?.total_frames) return;
    this.#frame = Math.min(Math.max(frame, 0), this.#film.total_frames - 1);
    this.#draw({ playing: this.playing, exact: true });
  }

  /** The film as it is now, at the place where somebody was in it, and playing on if it played. @param {any} film */
  #take(film) {
    const place = placed(this.#scenes, this.#frame);
    this.#film = film;
    this.#scenes = film.items.length ? scenes(film) : [];
    this.#offer(film.shapes);
    if (!this.#scenes.length) return this.#word(gettext("No clip is in the film yet. Approve the ones you like."));
    this.#word("");
    if (this.#stale) this.#forget();
    this.stage?.take(film, this.#scenes);
    this.sound?.take(film, this.#scenes);
    this.range.max = film.total_frames - 1;
    this.#mark();
    this.#mute(this.sound?.muted ?? false, "");
    this.#frame = Math.min(found(this.#scenes, place, this.#frame), film.total_frames - 1);
    this.#draw({ playing: this.playing, exact: !this.playing });
    if (this.#wanted) this.play();
  }

  /** The beats of the music and the places where clips begin, on the line. */
  #mark() {
    const { total_frames: total } = this.#film;
    const line = this.find(".deck__marks");
    line.setAttribute("viewBox", `0 0 ${total - 1} 10`);
    const draw = (/** @type {number[]} */ frames, /** @type {string} */ way) => frames.map((frame) => `M${frame.toFixed(1)} ${way}`).join("");
    line.querySelector(".deck__beats").setAttribute("d", draw(thinned(beats(this.#film), this.range.clientWidth / APART), "10v-4"));
    line.querySelector(".deck__cuts").setAttribute("d", draw(this.#scenes.slice(1).map((scene) => scene.start + scene.overlap / 2), "0v4"));
  }

  /** The shapes that the film is made in, to look at one after the other. @param {string[]} shapes */
  #offer(shapes) {
    for (const choice of this.querySelectorAll(".preview__shapes .choice")) {
      choice.hidden = !shapes.includes(choice.dataset.aspect);
    }
    this.find(".preview__shapes").hidden = shapes.length < 2;
    if (!shapes.includes(this.dataset.aspect ?? "")) this.#turn(shapes[0]);
  }

  /** Look at the film in another shape; its clips exist in one, and are cut to fit the others. @param {string} aspect */
  #turn(aspect) {
    this.dataset.aspect = aspect;
    for (const choice of this.querySelectorAll(".preview__shapes input")) choice.checked = choice.value === aspect;
    this.stage?.turn(aspect);
    if (this.#scenes.length) this.#draw({ playing: this.playing, exact: !this.playing });
  }

  /** Go to a clip, or to the middle of what leads out of it. @param {{clip: string, part: string}} place */
  #look({ clip, part }) {
    const index = this.#scenes.findIndex((scene) => scene.key === clip);
    const scene = index >= 0 ? this.#scenes[index + (part === "join" ? 1 : 0)] : null;
    if (!scene) return;
    this.pause();
    const rest = Math.min(this.#film.fps / 2, scene.length / 3);
    this.seek(Math.round(scene.start + (part === "join" ? scene.overlap / 2 : Math.max(scene.overlap, rest))));
  }

  /** @param {number} now */
  #tick(now) {
    if (!this.playing || this.signal.aborted) return;
    const passed = Math.min(0.1, Math.max(0, now - this.#then) / 1000);
    this.#then = now;
    // The film waits for its pictures; it does not run away from them.
    const ready = this.stage?.ready(this.#frame) ?? false;
    this.#busy(!ready);
    if (ready) this.#frame += passed * this.#film.fps * this.#pace();
    else this.sound?.pause();
    if (this.#frame >= this.#film.total_frames - 1) return this.#finish();
    this.#draw({ playing: true, exact: false }, ready);
    requestAnimationFrame((next) => this.#tick(next));
  }

  #pace() {
    return 1 + Math.max(-PULL, Math.min(PULL, this.sound?.ahead(this.#frame) ?? 0));
  }

  #finish() {
    this.#frame = this.#film.total_frames - 1;
    this.pause();
    this.#draw({ playing: false, exact: false });
  }

  /** @param {{playing: boolean, exact: boolean}} how */
  #draw(how, heard = true) {
    this.stage?.draw(this.#frame, how);
    if (heard) this.sound?.follow(this.#frame, how);
    this.#tell();
    const whole = String(Math.round(this.#frame));
    if (this.range.value !== whole) this.range.value = whole;
    const { fps, total_frames: total } = this.#film;
    const time = `${label(this.#frame, fps)} / ${label(total, fps)}`;
    if (this.output.textContent === time) return;
    this.output.textContent = time;
    this.range.setAttribute("aria-valuetext", time);
  }

  /** Which clip is on, or comes in: said once for each. */
  #tell() {
    const shown = at(this.#scenes, this.#frame);
    const { key } = this.#scenes[Math.max(shown.index, shown.incoming)];
    if (key === this.#clip) return;
    this.#clip = key;
    this.say("film:at", { clip: key });
  }

  /** What is typed shows at once; the saved film follows. @param {{name: string, value: string, clip?: string}} field */
  #typed({ name, value, clip }) {
    if (!this.#film?.items.length) return;
    const { title, end, music } = this.#film;
    if (name === "volume" && music) music.volume = Number(value);
    if (title && name === "title") title.text = value;
    if (title && name === "subtitle") title.subtitle = value;
    if (end && name === "end_title") end.text = value;
    if (end && name === "end_subtitle") end.subtitle = value;
    if (name === "typeface") for (const card of [title, end]) if (card) card.face = value;
    if (clip && name === "caption") this.#reword(clip, value);
    this.stage?.reread();
    this.#draw({ playing: this.playing, exact: false });
  }

  /** @param {string} clip @param {string} text */
  #reword(clip, text) {
    const item = this.#film.clips.indexOf(clip);
    for (const caption of this.#film.captions) if (caption.item === item) caption.text = text;
  }

  /** A file that cannot be played: its link may have run out, as it does after some hours. @param {any} media */
  #lost(media) {
    if (!(media instanceof HTMLMediaElement) || !media.getAttribute("src")) return;
    if (performance.now() - this.#renewed < PATIENCE) return;
    this.#renewed = performance.now();
    this.#stale = true;
    this.load();
  }

  /** Every link is taken from the new document, the same file's too. */
  #forget() {
    this.#stale = false;
    this.stage?.forget();
    this.sound?.forget();
  }

  /** @param {string} sentence */
  #word(sentence) {
    const place = this.find(".stage__word");
    place.textContent = sentence;
    place.hidden = !sentence;
    this.#busy(false);
  }

  /** @param {boolean} busy */
  #busy(busy) {
    const stage = this.stage?.place;
    if (stage && stage.ariaBusy !== String(busy)) stage.ariaBusy = String(busy);
  }

  /** @param {string} said */
  #label(said) {
    this.find("[data-play]")?.setAttribute("aria-label", this.playing ? gettext("Pause") : gettext("Play"));
    this.find(".stage__play")?.setAttribute("aria-label", this.playing ? gettext("Pause the preview") : gettext("Play the preview"));
    announce(said);
  }

  /** @param {boolean} muted @param {string} said */
  #mute(muted, said) {
    if (!this.sound) return;
    this.sound.muted = muted;
    const button = this.find("[data-mute]");
    button.disabled = !this.sound.present;
    button.setAttribute("aria-pressed", String(muted));
    if (said) announce(said);
  }

  #hush() {
    const muted = !this.sound?.muted;
    if (this.sound?.present) this.#mute(muted, muted ? gettext("Sound off") : gettext("Sound on"));
  }

  /** @param {any} event */
  #click(event) {
    if (event.target.closest("[data-full]")) this.#full();
    else if (event.target.closest("[data-mute]")) this.#hush();
    else if (event.target.closest("[data-play], .stage__play")) this.#toggle();
  }

  #toggle() {
    if (this.playing || this.#wanted) this.pause();
    else this.play();
  }

  #full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.requestFullscreen) this.requestFullscreen().catch(() => this.#large());
    else this.#large();
  }

  /** The whole window, where only the system's own player may have the whole screen: on iPhones. */
  #large() {
    const large = this.toggleAttribute("data-large");
    if (large) {
      this.#scroll = scrollY;
      this.popover = "manual";
      this.showPopover();
    } else {
      this.hidePopover();
      this.popover = null;
      scrollTo({ top: this.#scroll, behavior: "instant" });
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const fps = this.#film?.fps ?? 24;
    /** @type {Record<string, () => void>} */
    const acts = {
      arrowleft: () => this.seek(this.#frame - STEP * fps),
      arrowright: () => this.seek(this.#frame + STEP * fps),
      home: () => this.seek(0),
      end: () => this.seek(Infinity),
      f: () => this.#full(),
      k: () => this.#toggle(),
      m: () => this.#hush(),
      " ": () => this.#toggle(),
    };
    if (event.key === "Escape" && this.hasAttribute("data-large")) return this.#large();
    const act = acts[event.key.toLowerCase()];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || isOwn(event)) return;
    event.preventDefault();
    act();
  }
}

/** Keys that a control has for itself: a button its space, a choice its arrows, too. @param {KeyboardEvent} event */
function isOwn({ target, key }) {
  if (target instanceof HTMLInputElement && target.type === "radio") return key.length > 1 || key === " ";
  return target instanceof HTMLButtonElement && key === " ";
}
