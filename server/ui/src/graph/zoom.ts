/** Pan and zoom of the drawing: d3-zoom for pointer and wheel, and the same by key. */

import { select } from "d3-selection";
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity, zoomTransform } from "d3-zoom";
import type { Point } from "./places";

export class Zoom {
  readonly #behaviour: ZoomBehavior<SVGSVGElement, unknown>;
  readonly #svg: SVGSVGElement;

  constructor(svg: SVGSVGElement, onZoom: (transform: ZoomTransform, byHand: boolean) => void) {
    this.#svg = svg;
    this.#behaviour = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.08, 4])
      .extent(() => [
        [0, 0],
        [svg.clientWidth, svg.clientHeight],
      ])
      .filter((event: Event) => event.type === "wheel" || !(event.target as Element).closest(".node"))
      .on("zoom", (event: { transform: ZoomTransform; sourceEvent: Event | null }) =>
        onZoom(event.transform, event.sourceEvent !== null),
      );
    select(svg).call(this.#behaviour).on("dblclick.zoom", null);
  }

  get transform(): ZoomTransform {
    return zoomTransform(this.#svg);
  }

  by(factor: number): void {
    this.#behaviour.scaleBy(select(this.#svg), factor);
  }

  pan(dx: number, dy: number): void {
    const { k } = this.transform;
    this.#behaviour.translateBy(select(this.#svg), dx / k, dy / k);
  }

  /** Shows a box of the drawing whole, no larger than life. */
  fit(box: { x: number; y: number; width: number; height: number }): void {
    const { clientWidth: width, clientHeight: height } = this.#svg;
    if (!width || !height) return;
    const k = Math.max(0.08, Math.min(1.15, width / box.width, height / box.height));
    const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
    const next = zoomIdentity.translate(width / 2, height / 2).scale(k).translate(-cx, -cy);
    this.#behaviour.transform(select(this.#svg), next);
  }

  /** Moves just so far that a point is in sight, with room around it. */
  reveal(point: Point, room = 60): void {
    const [x, y] = this.transform.apply([point.x, point.y]);
    const { clientWidth: width, clientHeight: height } = this.#svg;
    const dx = x < room ? room - x : x > width - room ? width - room - x : 0;
    const dy = y < room ? room - y : y > height - room ? height - room - y : 0;
    if (dx || dy) this.pan(dx, dy);
  }

  /** A point of the screen, in the drawing's coordinates. */
  inside(clientX: number, clientY: number): Point {
    const box = this.#svg.getBoundingClientRect();
    const [x, y] = this.transform.invert([clientX - box.left, clientY - box.top]);
    return { x, y };
  }

  /** A point of the drawing, relative to the canvas. */
  outside(point: Point): Point {
    const [x, y] = this.transform.apply([point.x, point.y]);
    return { x, y };
  }
}
