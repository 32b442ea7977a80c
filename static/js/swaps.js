// @ts-check
/**
 * The htmx swap "keyed": the target is replaced, but every part with an id and the same
 * data-rev as before stays the very node it was. Pictures do not flicker, films play on.
 */
export function install() {
  /** @type {any} */ (window).htmx.defineExtension("keyed", {
    isInlineSwap: (/** @type {string} */ style) => style === "keyed",
    handleSwap,
  });
}

/** @param {string} style @param {Element} target @param {DocumentFragment} fragment */
function handleSwap(style, target, fragment) {
  const fresh = fragment.firstElementChild;
  if (style !== "keyed" || !fresh) return false;
  for (const part of fresh.querySelectorAll("[data-rev][id]")) {
    const old = document.getElementById(part.id);
    if (old && old.dataset.rev === part.getAttribute("data-rev")) part.replaceWith(old);
  }
  target.replaceWith(fresh);
  return [fresh];
}
