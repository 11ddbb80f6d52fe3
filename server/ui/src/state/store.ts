/** A value that components follow. */

import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  #value: T;
  readonly #followers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const follower of [...this.#followers]) follower();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  /** Calls `follower` after each change; returns what ends it. */
  follow(follower: () => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** The store's value, or the part of it that `select` gives; the component is drawn anew when that part changes. */
export function useStore<T, S = T>(store: Store<T>, select: (value: T) => S = (value) => value as unknown as S): S {
  const [part, setPart] = useState<S>(() => select(store.value));
  useEffect(() => {
    const read = () => setPart(() => select(store.value));
    read();
    return store.follow(read);
  }, [store]);
  return part;
}
