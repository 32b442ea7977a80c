// @ts-check
/**
 * The htmx swap "keyed": the target is replaced, but whatever has an id and the same data-rev
 * as before stays the very node it was. Pictures do not flicker, films play on.
 */
export function install() {
  /** @type {any} */ (window).htmx.defineExtension("keyed", {
    isInlineSwap: (/** @type {string} */ style) => style === "keyed",
    handleSwap,
  });
}

/** @param {string} style @param {Element} target @param {DocumentFragment} fragment @param {{elts: Element[]}} settling */
function handleSwap(style, target, fragment, settling) {
  const fresh = fragment.firstElementChild;
  if (style !== "keyed") return false;
  // Nothing came, where there was something: what is shown stays, and is not emptied.
  if (!fresh || isSame(fresh, target)) return [];
  const focused = document.activeElement;
  for (const part of fresh.querySelectorAll("[data-rev][id]")) {
    const old = document.getElementById(part.id);
    if (old && isSame(part, old)) part.replaceWith(old);
  }
  target.replaceWith(fresh);
  // Moving a node takes the focus from it, and with it the place of whoever uses the keyboard.
  if (focused instanceof HTMLElement && fresh.contains(focused)) focused.focus({ preventScroll: true });
  // Whoever waits for htmx:afterSettle hears of this swap as well.
  settling.elts.push(fresh);
  return [fresh];
}

/** @param {Element} fresh @param {Element} old */
function isSame(fresh, old) {
  const rev = fresh.getAttribute("data-rev");
  return rev !== null && fresh.id === old.id && rev === old.getAttribute("data-rev");
}
