"""What tests and pictures of pages ask a page itself, as script."""

from __future__ import annotations

SHIFTS = """
    window.shifted = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput)
          window.shifted.push([entry.value, ...entry.sources.map((source) => source.node?.className ?? "")]);
    }).observe({ type: "layout-shift", buffered: true });
"""
# What can be pressed and is smaller than a finger: not links within a sentence, nor what a larger label or a
# row around it presses as well.
SMALL = """() => {
  const pressed = "a[href], button, select, summary, textarea, input:not([type=hidden])";
  const hidden = ".visually-hidden, .skip, [inert]";
  const small = (box) => box.width < 43.5 || box.height < 43.5;
  const seen = (each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(hidden);
  const inText = (each) => each.matches("a") && getComputedStyle(each).display === "inline";
  const told = (each, box) => [
    each.tagName.toLowerCase() + "." + each.className,
    Math.round(box.width) + "x" + Math.round(box.height),
    (each.getAttribute("aria-label") ?? each.textContent).trim().slice(0, 30),
  ].join(" ");
  const found = [];
  for (const each of document.querySelectorAll(pressed)) {
    const boxes = [each, ...(each.labels ?? [])].map((one) => one.getBoundingClientRect());
    const isSmall = boxes[0].width > 1 && boxes.every(small);
    if (isSmall && seen(each) && !inText(each)) found.push(told(each, boxes[0]));
  }
  return found;
}"""
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const around = at.closest("article, label, .card, .track, .drop");
  const near = [at, ...at.parentElement.children, at.parentElement, around].filter((each) => each);
  const drawn = [...near, ...(around?.querySelectorAll("*") ?? [])].some((each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  window.places ??= new Map();
  if (!window.places.has(at)) window.places.set(at, window.places.size);
  return { place: window.places.get(at), words: at.outerHTML.slice(0, 90), drawn };
}"""
LARGEST = """
    window.largest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.largest = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
"""
