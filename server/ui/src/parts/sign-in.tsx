import { useRef, useState } from "preact/hooks";
import { type Problem, asProblem } from "../api/problem";
import { signIn, signed } from "../state/session";
import { useStore } from "../state/store";
import { Brand } from "./marks";
import { Trouble } from "./said";
import { ThemeButton } from "./theme-button";

/** Takes a token once. The field is empty again before the answer is there; no state of the page holds what it held. */
export function SignIn() {
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ended = useStore(signed, (now) => now.problem);

  async function send(event: Event) {
    event.preventDefault();
    const input = field.current;
    if (!input || busy) return;
    const pasted = input.value;
    input.value = "";
    setBusy(true);
    setProblem(null);
    try {
      await signIn(pasted);
    } catch (thrown) {
      setProblem(asProblem(thrown));
      input.focus();
    }
    setBusy(false);
  }

  return (
    <div class="door">
      <div class="door-theme">
        <ThemeButton />
      </div>
      <main class="door-card">
        <p class="brand">
          <Brand /> Ambit
        </p>
        <h1>Sign in</h1>
        <p class="lead">
          The explorer shows what <em>you</em> may see, for the purpose at hand, and can say why.
        </p>
        <form onSubmit={(event) => void send(event)} autocomplete="off">
          <label for="token">Token</label>
          <input
            id="token"
            ref={field}
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            autofocus
            aria-describedby="token-help"
            placeholder="eyJ…"
          />
          <button class="primary" type="submit" disabled={busy}>
            {busy ? "Signing in…" : "Sign in"}
          </button>
        </form>
        <Trouble problem={problem ?? ended} />
        <div id="token-help" class="door-help">
          <p>
            <code>ambit token WORKSPACE --subject IRI</code> makes a token; <code>ambit demo</code> prints four to try.
          </p>
          <p>It is exchanged for a session that ends with the token, and is kept nowhere in this browser.</p>
        </div>
      </main>
    </div>
  );
}
