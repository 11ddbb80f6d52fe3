/** The icons: drawn here, in the colour of the text around them. */

const PATHS = {
  graph: "M5 6.5a2 2 0 1 0 0-.01M19 5a2 2 0 1 0 0-.01M13 18a2.5 2.5 0 1 0 0-.01M6.6 7.4 11.5 15.8M17.8 6.6 13.9 15.6M7 6.2 17 5.2",
  ask: "M4 5.5h16v10.5H11l-4.5 3.5V16H4zM9.5 9.2a2.4 2.4 0 1 1 3.3 2.2c-.6.3-.8.6-.8 1.1M12 14.2v.1",
  findings: "M12 4 21 19.5H3zM12 10v4.5M12 17v.1",
  runs: "M4 6h3M4 12h3M4 18h3M10 6h10M10 12h10M10 18h10",
  graphql: "M12 3.5 19.5 8v8L12 20.5 4.5 16V8zM12 3.5 19.5 16h-15z",
  sparql: "M8 4.5C5.5 4.5 7 11 4 12c3 1 1.5 7.5 4 7.5M16 4.5c2.5 0 1 6.5 4 7.5-3 1-1.5 7.5-4 7.5M12 9v.1M12 15v.1",
  search: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l5 5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M18.7 5.300l-1.4 1.400M6.7 17.300l-1.4 1.4",
  moon: "M19.5 14.5A8 8 0 1 1 9.5 4.5a6.5 6.5 0 0 0 10 10z",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  export: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 19.5h15",
  clear: "M6 6l12 12M18 6 6 18",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  copy: "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9",
  why: "M12 3.5 19.5 6.5v5.5c0 4.5-3.2 7.3-7.5 8.5-4.3-1.2-7.5-4-7.5-8.5V6.5zM8.7 12l2.3 2.3 4.3-4.5",
  out: "M4 12h15M13.5 6.5 19 12l-5.5 5.5",
  in: "M20 12H5M10.5 6.5 5 12l5.5 5.5",
  keys: "M3.5 7h17v10.5h-17zM7 10.5v.1M10.3 10.5v.1M13.6 10.5v.1M17 10.5v.1M8 14h8",
} as const;

export type MarkName = keyof typeof PATHS;

export function Mark({ name }: { name: MarkName }) {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

export function Brand() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="13" fill="none" stroke="currentColor" stroke-width="2.5" stroke-dasharray="62 20" stroke-linecap="round" transform="rotate(-60 16 16)" />
      <circle cx="16" cy="16" r="4.5" fill="currentColor" />
      <circle cx="24.5" cy="7.5" r="3" fill="currentColor" />
      <path d="M19 13l3.5-3.5" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
    </svg>
  );
}
