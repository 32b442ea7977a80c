// @ts-check
import { EchoesElement } from "echoes/element";

/** Where the open list covers the page: it is closed on the next one, by Escape, and by a tap beside it. */
const small = matchMedia("(max-width: 60rem)");

/** The tray of what is in the making: closed, or open as it was left, where there is room also on the next page. */
export class WorkTray extends EchoesElement {
  connected() {
    if (this.list) this.list.open = open ?? (this.list.open && !small.matches);
    // "toggle" does not bubble.
    this.on("toggle", (event) => this.remember(event.target.open), this, { capture: true });
    this.on("pointerdown", (event) => this.contains(event.target) || this.close(), document);
    this.on("keydown", (event) => event.key === "Escape" && this.close(), document);
    this.on("pagehide", () => this.close(), window);
  }

  /** @returns {HTMLDetailsElement|null} */
  get list() {
    return this.find("details");
  }

  close() {
    if (!small.matches || !this.list?.open) return;
    const hadFocus = this.list.contains(document.activeElement);
    this.list.open = open = false;
    if (hadFocus) this.find("summary").focus();
  }

  /** In a cookie, so that the next page arrives as it will stay. @param {boolean} now */
  remember(now) {
    open = now;
    if (!small.matches) document.cookie = `tray=${now ? "open" : "closed"}; path=/; max-age=31536000; samesite=lax`;
  }
}

/** As it was left on this page; outlives the element, which every answer may replace. @type {boolean|undefined} */
let open;
