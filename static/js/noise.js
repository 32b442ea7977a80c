// @ts-check
/** Grain for the dissolve: each point of the picture changes at its own moment, as in the compiled film
 * (compiler/blends.py), within a share of the way. */
const SIDE = 160;
const STEPS = 24;
const SOFT = 0.4;
/** @type {string[]} */
const made = [];

/** A mask that lets this share of the points through, as CSS. @param {number} share  0 to 1 */
export function mask(share) {
  const step = Math.round(share * STEPS);
  return (made[step] ??= `url("${draw(step / STEPS)}")`);
}

/** @param {number} share */
function draw(share) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const picture = pen.createImageData(SIDE, SIDE);
  let seed = 7;
  for (let point = 3; point < picture.data.length; point += 4) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const moment = (seed / 2 ** 32) * (1 - SOFT);
    picture.data[point] = 255 * Math.min(1, Math.max(0, (share - moment) / SOFT));
  }
  pen.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}
