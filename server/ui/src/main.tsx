import "./styles/base.css";
import "./styles/controls.css";
import "./styles/frame.css";
import "./styles/graph.css";
import "./styles/panel.css";
import "./styles/pages.css";
import "./styles/runs.css";
import "./styles/start.css";
import "./styles/why.css";
import "./styles/console.css";

import { render } from "preact";
import { App } from "./app";
import { followAddress } from "./state/route";
import { followView } from "./state/view";
import { startSession } from "./state/session";
import { startTheme } from "./state/theme";

startTheme();
followAddress();
followView();
void startSession();

const root = document.getElementById("app");
if (root) render(<App />, root);
