// @ts-check
import { EchoesElement, calm } from "echoes/element";

/** A photo that plays its clip: under the pointer, with the focus, or in the middle of a phone's screen. */
export class ClipVideo extends EchoesElement {
  connected() {
    this.video = this.find("video");
    if (!this.video) return;
    const card = this.closest(".clip, .take") ?? this;
    this.on("mouseenter", () => this.play(), card);
    this.on("mouseleave", () => this.pause(), card);
    this.on("click", () => (this.dataset.state === "playing" ? this.pause() : this.play()), this.find("button"));
    this.on("focus", () => !calm() && this.play(), this.find("button"));
    this.on("blur", () => this.pause(), this.find("button"));
    this.on("playing", () => (this.dataset.state = "playing"), this.video);
    this.on("timeupdate", () => this.#trim(), this.video);
    this.on("clip:play", (event) => event.target !== this && this.pause(), document);
    this.#watch();
  }

  disconnected() {
    this.pause();
    this.observer?.disconnect();
  }

  async play() {
    this.say("clip:play");
    this.video.preload = "auto";
    this.#trim();
    // Being interrupted is not an error.
    await this.video.play().catch(() => {});
  }

  pause() {
    if (!this.video) return;
    this.video.pause();
    this.dataset.state = "still";
  }

  /** What was cut off is not played. */
  #trim() {
    const { from = "0", to } = this.dataset;
    const { currentTime } = this.video;
    if (to && (currentTime >= Number(to) || currentTime < Number(from) - 0.05)) this.video.currentTime = Number(from);
  }

  #watch() {
    const touch = matchMedia("(hover: none)").matches && !calm();
    this.observer = new IntersectionObserver((seen) => this.#seen(seen[0], touch), { threshold: [0, 0.9], rootMargin: "0px 0px 0px 0px" });
    this.observer.observe(this);
  }

  /** @param {IntersectionObserverEntry} entry @param {boolean} touch */
  #seen(entry, touch) {
    if (!entry.isIntersecting) this.pause();
    else if (this.video.preload === "none") this.video.preload = "metadata";
    if (touch && entry.intersectionRatio >= 0.9) this.play();
  }
}
