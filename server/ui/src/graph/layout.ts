/** The page's side of the layout: keeps places, and tells whoever draws when they change. */

import { type Places, type Point, type Ticked, pack, settleIn, unpack } from "./places";
import { reducedMotion } from "../state/theme";
import type { Drawing } from "./model";
import type { Iri } from "../words";

export class Layout {
  readonly places: Places = new Map();
  settled = true;
  #worker: Worker | null = null;
  #version = 0;
  #order: Iri[] = [];
  #shape = "";
  readonly #followers = new Set<() => void>();

  /** Lays out a drawing; one whose nodes, edges and pins are as before is left alone. */
  show(drawing: Drawing): void {
    const order = [...drawing.nodes.keys()];
    const pins = order.filter((iri) => drawing.nodes.get(iri)?.pinned);
    const shape = JSON.stringify([order, [...drawing.edges.keys()], pins]);
    if (shape === this.#shape) return;
    const fresh = order.filter((iri) => !this.places.has(iri)).length;
    this.#shape = shape;
    this.#order = order;
    this.#version += 1;
    settleIn(drawing, this.places);
    this.settled = order.length < 2;
    this.#tell();
    if (this.settled) return;
    const heat = fresh === order.length ? 1 : fresh ? 0.6 : 0.15;
    const task = pack(drawing, this.places, this.#version, heat, reducedMotion());
    this.#started().postMessage(task, [task.positions.buffer, task.links.buffer, task.pinned.buffer]);
  }

  /** A node held by the pointer; null lets it go. */
  move(iri: Iri, to: Point | null): void {
    const index = this.#order.indexOf(iri);
    if (index < 0) return;
    if (to) {
      this.places.set(iri, to);
      this.#tell();
    }
    this.settled = this.#order.length < 2;
    if (!this.settled) this.#started().postMessage({ kind: "moved", version: this.#version, index, to });
  }

  follow(follower: () => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Ticked>) => {
      if (!unpack(data, this.#version, this.#order, this.places)) return;
      this.settled = data.settled;
      this.#tell();
    };
    this.#worker = worker;
    return worker;
  }

  #tell(): void {
    for (const follower of [...this.#followers]) follower();
  }
}
