import { GroupItem, inOrder } from "../graph/menu";
import { MOST, expansionKey } from "../graph/model";
import { useStore } from "../state/store";
import { drawing, expandGroup, expansions, tried } from "../state/view";
import type { NodeDetail } from "../words";

/** The node's neighbours by property and direction; each button draws the next of them. */
export function Links({ detail }: { detail: NodeDetail }) {
  const grown = useStore(expansions);
  const full = useStore(drawing, (now) => now.nodes.size >= MOST);
  if (!detail.groups.length) return <p class="faint">No links to other nodes.</p>;
  return (
    <ul class="groups" aria-label="Links">
      {inOrder(detail.groups).map((group) => {
        const key = expansionKey(detail.iri, group.property.iri, group.direction);
        const draw = () => void tried(() => expandGroup(detail.iri, group.property.iri, group.direction));
        return (
          <li key={key}>
            <GroupItem group={group} grown={grown.get(key)} full={full} onExpand={draw} />
          </li>
        );
      })}
    </ul>
  );
}
