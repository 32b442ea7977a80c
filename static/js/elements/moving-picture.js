// @ts-check
import { calm, EchoesElement } from "echoes/element";

/** Shows the animated picture at `src` over what is there, while its card is pointed at or has the focus. */
export class MovingPicture extends EchoesElement {
  connected() {
    const card = this.closest(".card") ?? this;
    this.on("pointerenter focusin", () => this.#start(), card);
    this.on("pointerleave focusout", () => this.replaceChildren(), card);
  }

  #start() {
    if (this.firstChild || calm()) return;
    const picture = new Image();
    picture.alt = "";
    picture.src = this.getAttribute("src") ?? "";
    picture.addEventListener("load", () => picture.setAttribute("data-loaded", ""), { signal: this.signal });
    this.append(picture);
  }
}
