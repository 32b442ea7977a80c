// @ts-check
/** What scripts say, in the language of the page: the frame holds it, unless the page speaks English. */

/** @type {Record<string, string | string[]>} */
const CATALOGUE = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

/** @param {string} text  in English, with {name} for what `values` holds @param {Record<string, unknown>} [values] */
export function gettext(text, values = {}) {
  return filled(/** @type {string} */ (CATALOGUE[text] ?? text), values);
}

/**
 * @param {string} one @param {string} several  both in English @param {number} count  is {count} in them
 * @param {Record<string, unknown>} [values]
 */
export function ngettext(one, several, count, values = {}) {
  const [ofOne, ofSeveral] = CATALOGUE[one] ?? [one, several];
  return filled(count === 1 ? ofOne : ofSeveral, { count, ...values });
}

/** @param {string} text @param {Record<string, unknown>} values */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
