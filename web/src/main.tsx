// The explorer: one document, whose path says which page it shows.

import { render } from "preact";
import { App } from "./app";
import { follow } from "./live";
import { listen } from "./router";
import { applyTheme } from "./theme";

applyTheme();
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  listen();
  render(<App />, root);
  follow();
}
