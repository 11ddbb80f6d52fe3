/** The drawing as an SVG file of its own: the colours and fonts that styles gave it are written into attributes. */

import { type Places, extent } from "./places";

const STYLED = ["fill", "stroke", "stroke-width", "stroke-opacity", "fill-opacity", "opacity", "font-size", "font-weight", "font-family", "paint-order", "stroke-linejoin", "visibility"];

/** Offers the drawing as a download. */
export function saveSvg(places: Places): void {
  const shown = document.querySelector<SVGSVGElement>("svg.canvas");
  if (!shown) return;
  const address = URL.createObjectURL(new Blob([svgText(shown, places)], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "ambit-graph.svg";
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The text of the file. It holds shapes and words alone: no script, no link, no style sheet. */
export function svgText(shown: SVGSVGElement, places: Places): string {
  const copy = shown.cloneNode(true) as SVGSVGElement;
  inline(shown, copy);
  const box = extent(places, 80);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  copy.setAttribute("width", String(Math.round(box.width)));
  copy.setAttribute("height", String(Math.round(box.height)));
  copy.querySelector(".world")?.removeAttribute("transform");
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const back = { x: box.x, y: box.y, width: box.width, height: box.height, fill: getComputedStyle(document.body).backgroundColor };
  for (const [name, value] of Object.entries(back)) ground.setAttribute(name, String(value));
  copy.insertBefore(ground, copy.querySelector(".world"));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}`;
}

function inline(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of STYLED) {
    const value = style.getPropertyValue(name);
    if (value && !(from instanceof SVGGElement && name.startsWith("font"))) to.setAttribute(name, value);
  }
  for (const name of [...to.attributes].map((attribute) => attribute.name))
    if (/^(?:class|tabindex|role|data-|aria-)/u.test(name)) to.removeAttribute(name);
  const children = [...to.children];
  [...from.children].forEach((child, at) => {
    const twin = children[at];
    if (twin) inline(child, twin);
  });
  if (from.classList.contains("world")) to.setAttribute("class", "world");
}
