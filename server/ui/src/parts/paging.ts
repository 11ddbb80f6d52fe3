/** A list that comes in pages, each with the cursor of the next. Pure. */

import type { Problem } from "../api/problem";
import type { PageInfo } from "../words";

export interface Pages<T> {
  items: readonly T[];
  /** The cursor to go on from; null at the start, and at the end. */
  after: string | null;
  more: boolean;
  /** Whether a page has come at all. */
  read: boolean;
  busy: boolean;
  problem: Problem | null;
}

export const START: Pages<never> = { items: [], after: null, more: false, read: false, busy: false, problem: null };

/** The list with one more page. A page that says there is more without a cursor, or repeats its cursor, is the last. */
export function following<T>(pages: Pages<T>, items: readonly T[], info: PageInfo): Pages<T> {
  const after = info.hasNextPage ? info.endCursor : null;
  const more = after !== null && after !== pages.after;
  return { items: [...pages.items, ...items], after: more ? after : null, more, read: true, busy: false, problem: null };
}

/** Whether "more" can be asked for now. */
export function usable(pages: Pages<unknown>): boolean {
  return pages.more && !pages.busy;
}
