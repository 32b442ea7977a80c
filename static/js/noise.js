// @ts-check
/** Mist for the dissolve: each point of the picture changes at its own moment, and neighbours together, as in
 * the compiled film (compiler/blends.py): as many clouds, as soft, and every moment equally often. */
const SIDE = 72; // points along the shorter side
const STEPS = 24;
const SOFT = 0.5;
const CLOUDS = 5;
const OCTAVES = 4;
const WEAKER = 0.6;

/** @type {Map<string, Float32Array>} */
const moments = new Map();
/** @type {Map<string, string>} */
const made = new Map();

/** A mask that lets this share of the points through, as CSS. @param {number} share  0 to 1 @param {string} aspect */
export function mask(share, aspect) {
  const step = Math.round(share * STEPS);
  const name = `${aspect} ${step}`;
  if (!made.has(name)) made.set(name, `url("${draw(step / STEPS, aspect)}")`);
  return made.get(name) ?? "";
}

/** Draw all of them while nothing else is to be done. @param {string} aspect @param {AbortSignal} signal */
export function prepare(aspect, signal) {
  const idle = window.requestIdleCallback ?? ((/** @type {() => void} */ act) => setTimeout(act, 50));
  let step = 0;
  const next = () => {
    if (signal.aborted || step > STEPS) return;
    mask(step++ / STEPS, aspect);
    idle(next);
  };
  idle(next);
}

/** @param {number} share @param {string} aspect */
function draw(share, aspect) {
  const { width, height } = size(aspect);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const picture = pen.createImageData(width, height);
  clouds(aspect).forEach((moment, point) => {
    const part = Math.min(1, Math.max(0, (share - moment * (1 - SOFT)) / SOFT));
    picture.data[4 * point + 3] = 255 * part * part * (3 - 2 * part);
  });
  pen.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}

/** @param {string} aspect */
function size(aspect) {
  const [across, down] = aspect.split(":").map(Number);
  const unit = SIDE / Math.min(across, down);
  return { width: Math.round(across * unit), height: Math.round(down * unit) };
}

/** When each point begins to change, 0 to 1. @param {string} aspect */
function clouds(aspect) {
  const known = moments.get(aspect);
  if (known) return known;
  const { width, height } = size(aspect);
  const mist = new Float32Array(width * height);
  const chance = random();
  for (let octave = 0; octave < OCTAVES; octave++) layer(mist, width, height, (SIDE / CLOUDS) / 2 ** octave, WEAKER ** octave, chance);
  const order = Array.from(mist.keys()).sort((one, other) => mist[one] - mist[other]);
  const even = new Float32Array(mist.length);
  order.forEach((point, rank) => (even[point] = rank / mist.length));
  moments.set(aspect, even);
  return even;
}

/** Chance at every `cell` points, and a cubic curve between. @param {Float32Array} mist @param {number} width @param {number} height @param {number} cell @param {number} weight @param {() => number} chance */
function layer(mist, width, height, cell, weight, chance) {
  const columns = Math.ceil(width / cell) + 4;
  const rows = Math.ceil(height / cell) + 4;
  const grid = Float32Array.from({ length: columns * rows }, chance);
  const across = Array.from({ length: width }, (_, x) => taps(x / cell));
  const down = Array.from({ length: height }, (_, y) => taps(y / cell));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let row = 0; row < 4; row++) {
        const at = (down[y].first + row) * columns + across[x].first;
        let line = 0;
        for (let column = 0; column < 4; column++) line += grid[at + column] * across[x].weights[column];
        sum += line * down[y].weights[row];
      }
      mist[y * width + x] += weight * sum;
    }
  }
}

/** The four neighbours of a place, and how much of each is in it; as OpenCV's cubic has it. @param {number} place */
function taps(place) {
  const first = Math.floor(place);
  const into = place - first;
  const weights = [into + 1, into, 1 - into, 2 - into].map((far) =>
    far <= 1 ? (1.25 * far - 2.25) * far * far + 1 : ((-0.75 * far + 3.75) * far - 6) * far + 3,
  );
  return { first, weights };
}

/** The same clouds in every film: nearly normal, about zero. */
function random() {
  let seed = 7;
  const one = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return () => one() + one() + one() - 1.5;
}
