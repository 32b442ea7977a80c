// @ts-check
import { EchoesElement } from "echoes/element";
import { mask } from "echoes/noise";
import { at, captions, framing, gain, label, musicTime, presence, scenes, smoothstep } from "echoes/scenes";

const DRIFT = 0.25;
const STEP = 2;
const CARD = "card";
const EASED = ["zoom", "blur"];
/** Largest and smallest type of a caption, as compiler/captions.py has them. @type {Record<string, [number, number]>} */
const SIZES = { plain: [5.6, 3.6], plate: [5, 3.6], display: [11.5, 5.5] };

/**
 * The whole film in the browser, from the same document as the compiler reads. Two videos take
 * turns, the next is loaded while the first plays; a clock of frames says what is on.
 */
export class FilmPreview extends EchoesElement {
  /** @type {any} */
  #film = null;
  /** @type {import("echoes/scenes").Scene[]} */
  #scenes = [];
  /** @type {import("echoes/scenes").Words[]} */
  #captions = [];
  /** @type {import("echoes/scenes").Scene|null} */
  #written = null;
  #frame = 0;
  #then = 0;

  connected() {
    this.stage = this.find(".stage");
    this.range = this.find("input[type=range]");
    this.audio = this.find("audio");
    this.layers = [...this.querySelectorAll(".layer")];
    this.own = this.dataset.aspect ?? "16:9";
    this.on("click", (event) => this.#click(event));
    this.on("input", () => this.seek(Number(this.range.value)), this.range);
    this.on("keydown", (event) => this.#key(event));
    this.on("film:saved", () => this.load(), document);
    this.on("finish:typed", (event) => this.#typed(event.detail), document);
    this.on("film:show", (event) => this.#look(event.detail), document);
    this.on("change", (event) => event.target.name === "preview-shape" && this.#turn(event.target.value));
    this.on("shelf:play", () => this.pause(), document);
    this.load();
  }

  disconnected() {
    this.pause();
  }

  async load() {
    try {
      const response = await fetch(this.getAttribute("src") ?? "", { signal: this.signal });
      this.#take(await response.json());
    } catch (error) {
      if (!this.signal.aborted) this.#word("The preview could not be fetched. Reload the page to try again.");
    }
  }

  get playing() {
    return this.dataset.state === "playing";
  }

  play() {
    if (!this.#scenes.length || this.playing) return;
    if (this.#frame >= this.#film.total_frames - 1) this.#frame = 0;
    this.dataset.state = "playing";
    this.say("film:play");
    this.#then = performance.now();
    this.#label();
    requestAnimationFrame((now) => this.#tick(now));
  }

  pause() {
    this.dataset.state = "paused";
    this.audio?.pause();
    for (const layer of this.layers ?? []) layer.querySelector("video")?.pause();
    this.#label();
  }

  /** @param {number} frame */
  seek(frame) {
    if (!this.#film?.total_frames) return;
    this.#frame = Math.min(Math.max(frame, 0), this.#film.total_frames - 1);
    this.#draw(true);
    this.#music(true);
  }

  /** @param {any} film */
  #take(film) {
    this.#film = film;
    this.#scenes = film.items.length ? scenes(film) : [];
    this.#captions = captions(film);
    this.#written = null;
    this.#offer(film.shapes);
    if (!this.#scenes.length) return this.#word("No clip is in the film yet. Approve the ones you like.");
    this.#word("");
    this.range.max = film.total_frames - 1;
    this.#takeMusic(film);
    this.seek(this.#frame);
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
    this.#written = null;
    this.seek(this.#frame);
  }

  /** Go to a clip, or to the middle of what leads out of it. @param {{clip: string, part: string}} place */
  #look({ clip, part }) {
    const item = (this.#film?.clips ?? []).indexOf(clip);
    const index = item + (this.#film?.title ? 1 : 0) + (part === "join" ? 1 : 0);
    const scene = item >= 0 ? this.#scenes[index] : null;
    if (!scene) return;
    this.pause();
    const rest = Math.min(this.#film.fps / 2, scene.length / 3);
    this.seek(Math.round(scene.start + (part === "join" ? scene.overlap / 2 : Math.max(scene.overlap, rest))));
  }

  /** @param {any} film */
  #takeMusic(film) {
    if (this.audio.getAttribute("src") === film.music_url) return;
    if (film.music_url) this.audio.src = film.music_url;
    else this.audio.removeAttribute("src");
  }

  /** @param {number} now */
  #tick(now) {
    if (!this.playing || this.signal.aborted) return;
    const passed = Math.min(0.1, (now - this.#then) / 1000);
    this.#then = now;
    // The film waits for its pictures; it does not run away from them.
    if (this.#ready()) this.#frame += passed * this.#film.fps;
    if (this.#frame >= this.#film.total_frames - 1) return this.#finish();
    this.#draw(false);
    this.#music(false);
    requestAnimationFrame((next) => this.#tick(next));
  }

  #finish() {
    this.#frame = this.#film.total_frames - 1;
    this.#draw(false);
    this.pause();
  }

  #ready() {
    const shown = at(this.#scenes, this.#frame);
    const videos = [shown.index, shown.incoming].map((index) => this.#video(index)).filter(Boolean);
    const ready = videos.every((video) => video.readyState >= 3 || video.ended || video.error);
    this.stage.setAttribute("aria-busy", String(!ready));
    if (!ready) this.audio.pause();
    return ready;
  }

  /** @param {boolean} exact */
  #draw(exact) {
    const shown = at(this.#scenes, this.#frame);
    this.stage.dataset.transition = shown.kind;
    this.stage.style.setProperty("--p", String(EASED.includes(shown.kind) ? smoothstep(shown.progress) : shown.progress));
    this.stage.style.setProperty("--soft", String(smoothstep(1 - Math.abs(2 * shown.progress - 1))));
    if (shown.kind === "dissolve") this.stage.style.setProperty("--noise", mask(shown.progress));
    for (const layer of this.layers) {
      const index = [shown.index, shown.incoming].find((one) => one >= 0 && this.#layer(one) === layer) ?? -1;
      layer.toggleAttribute("data-on", index >= 0);
      layer.toggleAttribute("data-incoming", index >= 0 && index === shown.incoming);
      if (index >= 0) this.#show(index, exact);
      else this.#rest(layer, shown);
    }
    this.#speak();
    this.range.value = Math.round(this.#frame);
    const time = `${label(this.#frame, this.#film.fps)} / ${label(this.#film.total_frames, this.#film.fps)}`;
    this.find("output").textContent = time;
    this.range.setAttribute("aria-valuetext", time);
  }

  /** @param {number} index @param {boolean} exact */
  #show(index, exact) {
    const scene = this.#scenes[index];
    if (scene.card) return this.#raise(scene);
    const video = this.#load(index);
    const { x, y } = framing(scene.focus, this.dataset.aspect ?? this.own, this.own);
    video.style.objectPosition = `${x}% ${y}%`;
    const wanted = (this.#frame - scene.start + scene.trim) / this.#film.fps;
    const last = (scene.trim + scene.length - 0.5) / this.#film.fps;
    if (exact || Math.abs(video.currentTime - wanted) > DRIFT) video.currentTime = Math.min(wanted, last);
    if (this.playing && video.paused && wanted < last) video.play().catch(() => {});
    if (!this.playing || wanted >= last) video.pause();
  }

  /** The words of a card come up as they do in the film. @param {import("echoes/scenes").Scene} scene */
  #raise(scene) {
    if (this.#written !== scene) this.#writeCard(scene);
    const seconds = scene.length / this.#film.fps;
    const wait = Math.min(0.25, seconds / 10);
    const rise = Math.min(0.7, seconds / 4);
    const progress = ((this.#frame - scene.start) / this.#film.fps - wait) / rise;
    const words = this.#frame < 1 && !this.playing ? 1 : Math.min(1, Math.max(0, progress));
    this.find(".layer__words").style.opacity = String(words);
  }

  /** What is said over the pictures at this moment: two clips that overlap may both say something. */
  #speak() {
    const places = [...this.querySelectorAll(".said")];
    places.forEach((place, turn) => {
      const found = this.#captions.find((one, index) => index % 2 === turn && presence(one, this.#frame, this.#film.fps) > 0);
      place.style.opacity = String(found ? presence(found, this.#frame, this.#film.fps) : 0);
      if (found) this.#say(place, found);
    });
  }

  /** @param {any} place @param {import("echoes/scenes").Words} words */
  #say(place, words) {
    const written = [words.text, words.place, words.look, this.dataset.aspect].join("\n");
    if (place.dataset.written === written) return;
    Object.assign(place.dataset, { written, place: words.place, look: words.look });
    const line = place.querySelector(".said__words");
    line.textContent = words.text;
    line.style.inlineSize = "";
    fit(line, ...SIZES[words.look]);
    // A plate is as wide as its longest line, which CSS does not know.
    const range = document.createRange();
    range.selectNodeContents(line);
    const shorter = Math.min(this.stage.clientWidth, this.stage.clientHeight);
    if (words.look === "plate") line.style.inlineSize = `calc(${(range.getBoundingClientRect().width / shorter) * 100 + 0.1}cqmin + 1.2em)`;
  }

  /** A layer that is not on gets the scene that comes next on it. @param {HTMLElement} layer @param {{index: number, incoming: number}} shown */
  #rest(layer, shown) {
    const video = layer.querySelector("video");
    video?.pause();
    const next = Math.max(shown.index, shown.incoming) + 1;
    if (!video || !this.#scenes[next] || this.#layer(next) !== layer) return;
    const wanted = this.#scenes[next].trim / this.#film.fps;
    if (Math.abs(this.#load(next).currentTime - wanted) > 0.02) video.currentTime = wanted;
  }

  /** @param {number} index */
  #load(index) {
    const scene = this.#scenes[index];
    const video = this.#video(index);
    if (video.getAttribute("src") !== scene.url) {
      video.poster = scene.poster;
      video.src = scene.url;
    }
    return video;
  }

  /** @param {number} index */
  #layer(index) {
    const name = this.#scenes[index]?.card ? CARD : String(index % 2);
    return this.layers.find((layer) => layer.dataset.layer === name);
  }

  /** @param {number} index */
  #video(index) {
    return index < 0 ? null : this.#layer(index)?.querySelector("video");
  }

  /** @param {boolean} exact */
  #music(exact) {
    if (!this.#film.music || !this.audio.getAttribute("src")) return this.audio.pause();
    this.audio.volume = Math.min(1, gain(this.#film, this.#frame));
    const wanted = musicTime(this.#film, this.#frame);
    const off = Math.abs(this.audio.currentTime - wanted);
    if (exact || (off > DRIFT && off < this.#film.music.duration / 24_000 - DRIFT)) this.audio.currentTime = wanted;
    if (this.playing && this.audio.paused && this.stage.ariaBusy !== "true") this.audio.play().catch(() => {});
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
    if (clip && name === "caption") this.#reword(clip, value);
    this.#written = null;
    this.#draw(false);
  }

  /** @param {string} clip @param {string} text */
  #reword(clip, text) {
    const item = this.#film.clips.indexOf(clip);
    for (const caption of this.#film.captions) if (caption.item === item) caption.text = text;
    this.#captions = captions(this.#film);
  }

  /** @param {import("echoes/scenes").Scene} scene */
  #writeCard(scene) {
    const { text, subtitle } = scene.card ?? { text: "", subtitle: "" };
    const [title, below] = this.querySelectorAll(".layer__words p");
    title.textContent = text;
    below.textContent = subtitle;
    this.find(".layer__words hr").hidden = !text || !subtitle;
    this.find(".layer__back").src = scene.poster;
    fit(title, 13, 5);
    fit(below, 4.6, 3.6);
    this.#written = scene;
  }

  /** @param {string} sentence */
  #word(sentence) {
    const place = this.find(".stage__word");
    place.textContent = sentence;
    place.hidden = !sentence;
    this.stage.setAttribute("aria-busy", "false");
  }

  #label() {
    this.find("[data-play]")?.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.find(".stage__play")?.setAttribute("aria-label", this.playing ? "Pause the preview" : "Play the preview");
  }

  /** @param {any} event */
  #click(event) {
    if (event.target.closest("[data-full]")) this.#full();
    else if (event.target.closest("[data-play], .stage__play")) this.playing ? this.pause() : this.play();
  }

  #full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.requestFullscreen?.().catch(() => {});
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const onButton = event.target instanceof HTMLButtonElement;
    const fps = this.#film?.fps ?? 24;
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowLeft: () => this.seek(this.#frame - STEP * fps),
      ArrowRight: () => this.seek(this.#frame + STEP * fps),
      Home: () => this.seek(0),
      End: () => this.seek(Infinity),
      f: () => this.#full(),
      k: () => (this.playing ? this.pause() : this.play()),
      " ": () => (this.playing ? this.pause() : this.play()),
    };
    const act = acts[event.key] ?? acts[event.key.toLowerCase()];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || (onButton && event.key === " ")) return;
    event.preventDefault();
    act();
  }
}

/** The largest type that keeps a text in its room, as the compiler sets it: hundredths of the stage's shorter side. @param {any} text @param {number} largest @param {number} smallest */
function fit(text, largest, smallest) {
  for (let size = largest; ; size *= 0.93) {
    text.style.fontSize = `${Math.max(size, smallest)}cqmin`;
    if (size <= smallest || (text.scrollHeight <= text.clientHeight + 1 && text.scrollWidth <= text.clientWidth + 1)) return;
  }
}
