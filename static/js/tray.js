// @ts-check
/** The rows of the tray: what each file is doing, and the two buttons that change it. */
import { gettext } from "echoes/words";

/** @typedef {"waiting"|"sending"|"paused"|"stopped"|"interrupted"|"reading"|"done"|"failed"} State */

/** Which of a row's buttons there are, and the first one's words. @type {Record<State, {go: string, cancel: string}>} */
const BUTTONS = {
  waiting: { go: gettext("Pause"), cancel: gettext("Cancel") },
  sending: { go: gettext("Pause"), cancel: gettext("Cancel") },
  paused: { go: gettext("Go on"), cancel: gettext("Cancel") },
  stopped: { go: gettext("Go on"), cancel: gettext("Cancel") },
  interrupted: { go: "", cancel: gettext("Give up") },
  reading: { go: "", cancel: "" },
  done: { go: "", cancel: "" },
  failed: { go: "", cancel: "" },
};

export class Row {
  /** @param {HTMLTemplateElement} template @param {string} name */
  constructor(template, name) {
    this.name = name;
    this.element = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    this.find(".tray__name").textContent = name;
    this.find("progress").setAttribute("aria-label", gettext("{name} on its way", { name }));
    this.show("waiting", gettext("Waiting"));
  }

  /** @param {string} selector @returns {any} */
  find(selector) {
    return this.element.querySelector(selector);
  }

  /** @param {State} state @param {string} words @param {number} [percent] */
  show(state, words, percent) {
    this.find(".tray__state").textContent = words;
    if (percent !== undefined) this.find("progress").value = percent;
    if (this.element.dataset.state === state) return;
    this.element.dataset.state = state;
    for (const [act, label] of Object.entries(BUTTONS[state])) this.#button(act, label);
  }

  why = "";

  /** Say why, below; nothing takes it away. @param {string} why */
  explain(why) {
    this.why = why;
    this.find(".tray__why").textContent = why;
  }

  /** This row is another's as well. @param {Row} other */
  join(other) {
    this.name = `${other.name}, ${this.name}`;
    this.find(".tray__name").textContent = this.name;
  }

  /** What needs a look stands first. */
  rise() {
    this.element.parentElement?.prepend(this.element);
  }

  /** Goes, and leaves the focus near if it was here. @param {HTMLElement} otherwise */
  leave(otherwise) {
    const hadFocus = this.element.contains(document.activeElement);
    const near = this.element.nextElementSibling ?? this.element.previousElementSibling;
    this.element.remove();
    if (hadFocus) (near?.querySelector("button:not([hidden])") ?? otherwise).focus();
  }

  /** @param {string} act @param {string} label */
  #button(act, label) {
    const button = this.find(`[data-act="${act}"]`);
    button.hidden = !label;
    button.textContent = label;
    button.setAttribute("aria-label", `${label}: ${this.name}`);
  }
}
