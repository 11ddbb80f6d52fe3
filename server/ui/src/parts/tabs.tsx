/** Tabs after the pattern of the APG: arrows choose, Tab goes on into the panel. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Props<N extends string> {
  names: readonly N[];
  chosen: N;
  onChoose: (name: N) => void;
  label: string;
  counts?: Partial<Record<N, number>>;
  children: ComponentChildren;
}

export function Tabs<N extends string>({ names, chosen, onChoose, label, counts, children }: Props<N>) {
  const id = useId();

  function onKey(event: KeyboardEvent) {
    const at = names.indexOf(chosen);
    const to: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const name = names[(next + names.length) % names.length];
    if (!name) return;
    onChoose(name);
    document.getElementById(`${id}-${name}`)?.focus();
  }

  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {names.map((name) => (
          <button
            key={name}
            id={`${id}-${name}`}
            type="button"
            role="tab"
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => onChoose(name)}
          >
            {name}
            {counts?.[name] !== undefined && (
              <span class="count" aria-hidden="true">
                {counts[name]}
              </span>
            )}
          </button>
        ))}
      </div>
      <div class="tab-panel" id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${chosen}`} tabIndex={0}>
        {children}
      </div>
    </>
  );
}
