// @ts-check
import { EchoesElement } from "echoes/element";
import { gettext } from "echoes/words";

const ORDER = ["auto", "light", "dark"];
const WORDS = {
  auto: gettext("Light or dark: as this device"),
  light: gettext("Light or dark: light"),
  dark: gettext("Light or dark: dark"),
};

/** Auto, light, dark: kept in a cookie, so that the next page arrives in the right light. */
export class ThemeSwitch extends EchoesElement {
  connected() {
    this.show(document.documentElement.dataset.theme ?? "auto");
    this.on("click", () => this.next());
  }

  next() {
    const now = document.documentElement.dataset.theme ?? "auto";
    const theme = ORDER[(ORDER.indexOf(now) + 1) % ORDER.length];
    document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    this.show(theme);
  }

  /** @param {string} theme */
  show(theme) {
    const words = WORDS[/** @type {keyof WORDS} */ (theme)] ?? WORDS.auto;
    const button = this.find("button");
    button.setAttribute("aria-label", words);
    button.title = words;
  }
}
