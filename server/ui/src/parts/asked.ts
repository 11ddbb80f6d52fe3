/** What a component asked the server for: under way, there, or failed. */

import { useEffect, useState } from "preact/hooks";
import { type Problem, asProblem } from "../api/problem";

export interface Asked<T> {
  value: T | null;
  problem: Problem | null;
  busy: boolean;
}

/** Asks when `key` changes; what was asked for an earlier key is called off. */
export function useAsked<T>(key: string, work: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const [asked, setAsked] = useState<Asked<T> & { key: string }>({ key, value: null, problem: null, busy: true });
  useEffect(() => {
    const ending = new AbortController();
    setAsked({ key, value: null, problem: null, busy: true });
    work(ending.signal)
      .then((value) => ending.signal.aborted || setAsked({ key, value, problem: null, busy: false }))
      .catch((thrown: unknown) => {
        const problem = asProblem(thrown);
        if (!ending.signal.aborted) setAsked({ key, value: null, problem, busy: false });
      });
    return () => ending.abort();
  }, [key]);
  return asked.key === key ? asked : { value: null, problem: null, busy: true };
}
