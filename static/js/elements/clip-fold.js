// @ts-check
import { EchoesElement, announce } from "echoes/element";
import { gettext, ngettext } from "echoes/words";

/** On a card that stands for others that look like it: its button shows them where they stand, and folds them again. */
export class ClipFold extends EchoesElement {
  connected() {
    this.top = this.closest(".clip")?.id ?? "";
    this.on("click", () => this.#turn());
    this.on("htmx:afterSettle", () => this.show(), document);
    this.show();
  }

  #turn() {
    const opens = !open.has(this.top);
    if (opens) open.add(this.top);
    else open.delete(this.top);
    this.show();
    const count = this.#under().length;
    announce(opens ? ngettext("{count} more are shown", "{count} more are shown", count) : gettext("Folded"));
    this.say("clip:folded");
  }

  show() {
    const opens = open.has(this.top);
    this.find("button").setAttribute("aria-expanded", String(opens));
    for (const card of this.#under()) card.toggleAttribute("data-unfolded", opens);
  }

  #under() {
    return document.querySelectorAll(`.clip[data-under="${CSS.escape(this.top)}"]`);
  }
}

/** The cards that somebody has unfolded; outlives them, since every answer may replace them. @type {Set<string>} */
const open = new Set();
