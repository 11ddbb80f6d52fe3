/** Type-ahead after the combobox pattern of the ARIA Authoring Practices: focus stays in the field. */

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { suggest } from "../api/graphql";
import { nameOf, shortened } from "../rdf/iri";
import { go } from "../state/route";
import { signed } from "../state/session";
import { useStore } from "../state/store";
import { kindOf, vocabulary, kindName } from "../state/view";
import { Mark } from "./marks";
import { searchText } from "./search";
import type { Brief } from "../words";

const PAUSE = 120;

export function SearchBox() {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const view = useStore(signed, (now) => now.view);
  const found = useSuggestions(text, view);
  const shown = open && found.length > 0;

  useEffect(() => setText(""), [view]);
  useEffect(() => setActive(-1), [found]);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);

  function choose(brief: Brief) {
    setOpen(false);
    setText("");
    go("node", brief.iri);
  }

  function searchAll() {
    if (!text.trim()) return;
    setOpen(false);
    searchText.set({ text: text.trim(), at: performance.now() });
    go("search");
  }

  function onKey(event: KeyboardEvent) {
    const last = found.length - 1;
    const chosen = shown ? found[active] : undefined;
    if (event.key === "ArrowDown" && found.length) {
      setActive(shown ? (active >= last ? -1 : active + 1) : 0);
      setOpen(true);
    } else if (event.key === "ArrowUp" && shown) setActive(active < 0 ? last : active - 1);
    else if (event.key === "Enter") chosen ? choose(chosen) : searchAll();
    else if (event.key === "Escape") shown ? setOpen(false) : setText("");
    else return;
    event.preventDefault();
  }

  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()} onFocusOut={(event) => leftBy(event) && setOpen(false)}>
      <Mark name="search" />
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Search"
        aria-autocomplete="list"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        aria-keyshortcuts="/"
        autocomplete="off"
        spellcheck={false}
        placeholder="Search"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(-1);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onKeyDown={onKey}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id={`${id}-list`} role="listbox" aria-label="Suggestions" hidden={!shown}>
        {found.map((brief, at) => (
          <Option key={brief.iri} id={`${id}-${at}`} brief={brief} active={at === active} onChoose={() => choose(brief)} />
        ))}
      </ul>
    </form>
  );
}

function Option({ id, brief, active, onChoose }: { id: string; brief: Brief; active: boolean; onChoose: () => void }) {
  const words = useStore(vocabulary);
  const kind = kindOf(brief.types, words);
  return (
    <li id={id} role="option" aria-selected={active} onPointerDown={(event) => event.preventDefault()} onClick={onChoose}>
      <span>{shortened(nameOf(brief), 80)}</span> {kind && <span class="faint">{kindName(kind, words)}</span>}
    </li>
  );
}

/** What to suggest for a text, a moment after the last key; nothing for less than two characters. */
function useSuggestions(text: string, view: number): Brief[] {
  const [found, setFound] = useState<Brief[]>([]);
  useEffect(() => {
    const asked = text.trim();
    if (asked.length < 2) {
      setFound([]);
      return;
    }
    const ending = new AbortController();
    const timer = setTimeout(() => {
      suggest(asked, ending.signal)
        .then((briefs) => ending.signal.aborted || setFound(briefs))
        .catch(() => ending.signal.aborted || setFound([]));
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [text, view]);
  return found;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/u.test(target.tagName));
}

function leftBy(event: FocusEvent): boolean {
  return !(event.currentTarget as Node).contains(event.relatedTarget as Node | null);
}
