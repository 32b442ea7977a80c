// @ts-check
import { EchoesElement } from "echoes/element";

/** The tray of what is in the making: closed, or open as it was left, also on the next page. */
export class WorkTray extends EchoesElement {
  connected() {
    // "toggle" does not bubble.
    this.on("toggle", (event) => this.remember(event.target.open), this, { capture: true });
  }

  /** In a cookie, so that the next page arrives as it will stay. @param {boolean} open */
  remember(open) {
    document.cookie = `tray=${open ? "open" : "closed"}; path=/; max-age=31536000; samesite=lax`;
  }
}
