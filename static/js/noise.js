// @ts-check
/** Grain for the dissolve: each point of the picture changes at its own moment, as in the compiled film. */
const SIDE = 160;
const STEPS = 16;
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
    picture.data[point] = seed / 2 ** 32 < share ? 255 : 0;
  }
  pen.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}
