/** A component that is drawn anew only when one of its properties is another one. */

import { Component, type ComponentType, type VNode, h } from "preact";

export function memo<P extends object>(Drawn: (props: P) => VNode | null): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const [before, after] = [Object.entries(this.props), Object.entries(next)];
      const now = new Map<string, unknown>(before);
      return before.length !== after.length || after.some(([name, value]) => name !== "actions" && now.get(name) !== value);
    }

    override render(props: P) {
      return h(Drawn as ComponentType<P>, props);
    }
  } as ComponentType<P>;
}
