import { useStore } from "../state/store";
import { theme, toggleTheme } from "../state/theme";
import { Mark } from "./marks";

export function ThemeButton() {
  const now = useStore(theme);
  const other = now === "dark" ? "light" : "dark";
  return (
    <button class="icon" type="button" aria-label={`Switch to ${other}`} title={`Switch to ${other}`} onClick={toggleTheme}>
      <Mark name={other === "dark" ? "moon" : "sun"} />
    </button>
  );
}
