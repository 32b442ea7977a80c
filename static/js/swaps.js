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
  const preventScroll = !focused?.matches(":focus-visible");
  const next = heir(focused, target, fresh);
  for (const part of fresh.querySelectorAll("[data-rev][id]")) {
    const old = document.getElementById(part.id);
    if (old && isSame(part, old)) part.replaceWith(old);
  }
  target.replaceWith(fresh);
  // Moving a node takes the focus from it, and with it the place of whoever uses the keyboard.
  if (focused instanceof HTMLElement && fresh.contains(focused)) focused.focus({ preventScroll: true });
  else if (next) document.getElementById(next)?.focus({ preventScroll });
  // Whoever waits for htmx:afterSettle hears of this swap as well.
  settling.elts.push(fresh);
  return [fresh];
}

/** @param {Element} fresh @param {Element} old */
function isSame(fresh, old) {
  const rev = fresh.getAttribute("data-rev");
  return rev !== null && fresh.id === old.id && rev === old.getAttribute("data-rev");
}

/**
 * Where the focus goes on: from a part that is gone to the same button of the next one, and from the message that took
 * a removal back to the part that is back.
 * @param {Element|null} focused @param {Element} target @param {Element} fresh @returns {string} an id
 */
function heir(focused, target, fresh) {
  const isThere = (/** @type {Element} */ part) => fresh.querySelector(`#${CSS.escape(part.id)}`) !== null;
  if (focused?.closest("undo-toast")) {
    const back = [...fresh.querySelectorAll("[data-rev][id]")].find(({ id }) => !document.getElementById(id));
    return back ? `remove-${key(back)}` : "";
  }
  const part = focused?.closest("[data-rev][id]");
  if (!focused || !part?.parentElement || !target.contains(part) || isThere(part)) return "";
  const siblings = [...part.parentElement.children];
  const here = siblings.indexOf(part);
  const near = [...siblings.slice(here + 1), ...siblings.slice(0, here).reverse()];
  const next = near.find((other) => other.id && other.checkVisibility() && isThere(other));
  return next ? focused.id.replace(key(part), key(next)) : "";
}

/** The ids of a part and of its buttons end alike. @param {Element} part */
function key(part) {
  return part.id.slice(part.id.indexOf("-") + 1);
}
