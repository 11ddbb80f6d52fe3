/** The layout: forces on numbered points, away from the page's thread. */

import { type Simulation, type SimulationNodeDatum, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import type { Moved, Task, Ticked } from "./places";

interface Body extends SimulationNodeDatum {
  index: number;
}

const FRAME = 16;
/** Ticks between two messages at most, where they are quick: more would look like jumping. */
const MOST_TICKS = 3;
/** Nodes up to which names are kept apart; beyond, the drawing is read at its colours. */
const WORDY = 220;
const WIDE = 152;
const HIGH = 46;
const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Task | Moved>) => void) | null;
  postMessage(message: Ticked, transfer: Transferable[]): void;
};

let simulation: Simulation<Body, undefined> | null = null;
let task: Task | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

scope.onmessage = ({ data }) => {
  if (data.kind === "task") begin(data);
  else move(data);
};

function begin(next: Task): void {
  simulation?.stop();
  task = next;
  const bodies: Body[] = Array.from({ length: next.positions.length / 2 }, (_, index) => {
    const [x, y] = [next.positions[index * 2] ?? 0, next.positions[index * 2 + 1] ?? 0];
    return next.pinned[index] ? { index, x, y, fx: x, fy: y } : { index, x, y };
  });
  const links = Array.from({ length: next.links.length / 2 }, (_, at) => ({
    source: next.links[at * 2] ?? 0,
    target: next.links[at * 2 + 1] ?? 0,
  }));
  const crowded = bodies.length > 300;
  simulation = forceSimulation(bodies)
    .force("link", forceLink<Body, { source: number; target: number }>(links).distance(crowded ? 60 : 122).strength(0.5))
    .force("charge", forceManyBody<Body>().strength(crowded ? -140 : -360).distanceMax(700))
    .force("collide", forceCollide<Body>(crowded ? 18 : 26))
    .force("words", bodies.length > WORDY ? null : apart())
    .force("x", forceX<Body>(0).strength(0.045))
    .force("y", forceY<Body>(0).strength(0.065))
    .alpha(next.heat)
    .alphaDecay(0.04)
    .stop();
  run();
}

/** Keeps discs with their names apart: as boxes that are wider than high. */
function apart() {
  let all: Body[] = [];
  const force = () => {
    for (const [at, one] of all.entries()) for (const other of all.slice(at + 1)) push(one, other);
  };
  return Object.assign(force, {
    initialize(bodies: Body[]) {
      all = bodies;
    },
  });
}

function push(one: Body, other: Body): void {
  const [dx, dy] = [(other.x ?? 0) - (one.x ?? 0), (other.y ?? 0) - (one.y ?? 0)];
  const [overX, overY] = [WIDE - Math.abs(dx), HIGH - Math.abs(dy)];
  if (overX <= 0 || overY <= 0) return;
  const sideways = overX / WIDE < overY / HIGH;
  const by = (sideways ? overX : overY) * 0.12;
  const way = (sideways ? dx : dy) < 0 ? -by : by;
  const axis = sideways ? "vx" : "vy";
  one[axis] = (one[axis] ?? 0) - way;
  other[axis] = (other[axis] ?? 0) + way;
}

function move({ version, index, to }: Moved): void {
  const body = simulation?.nodes()[index];
  if (!simulation || !body || version !== task?.version) return;
  body.fx = to?.x ?? null;
  body.fy = to?.y ?? null;
  simulation.alpha(Math.max(simulation.alpha(), 0.25));
  run();
}

/** Ticks until all stands still; tells the page once a frame, or only at the end. */
function run(): void {
  clearTimeout(timer);
  if (!simulation || !task) return;
  const until = performance.now() + FRAME / 2;
  let ticks = 0;
  do {
    simulation.tick();
    ticks += 1;
  } while (simulation.alpha() > simulation.alphaMin() && (task.still || (ticks < MOST_TICKS && performance.now() < until)));
  const settled = simulation.alpha() <= simulation.alphaMin();
  const positions = new Float32Array(simulation.nodes().flatMap((body) => [body.x ?? 0, body.y ?? 0]));
  scope.postMessage({ version: task.version, positions, settled }, [positions.buffer]);
  if (!settled) timer = setTimeout(run, FRAME);
}
