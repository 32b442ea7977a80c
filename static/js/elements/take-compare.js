// @ts-check
import { calm, EchoesElement } from "echoes/element";
import { gettext } from "echoes/words";

const DRIFT = 0.12; // seconds by which one may be behind the other unseen

/** Two takes side by side that play together. */
export class TakeCompare extends EchoesElement {
  connected() {
    this.videos = /** @type {HTMLVideoElement[]} */ ([...this.querySelectorAll("video")]);
    this.button = this.find("[data-play]");
    this.on("click", () => (this.videos[0].paused ? this.play() : this.pause()), this.button);
    this.on("timeupdate", () => this.#together(), this.videos[0]);
    if (!calm()) this.play();
  }

  disconnected() {
    this.pause();
  }

  async play() {
    this.button.textContent = gettext("Pause both");
    this.#together();
    // Being interrupted is not an error.
    await Promise.all(this.videos.map((video) => video.play().catch(() => {})));
  }

  pause() {
    this.button.textContent = gettext("Play both");
    for (const video of this.videos) video.pause();
  }

  #together() {
    const [first, second] = this.videos;
    if (second.readyState > 1 && Math.abs(first.currentTime - second.currentTime) > DRIFT) second.currentTime = first.currentTime;
  }
}
