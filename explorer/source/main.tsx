import "./workers";
import "graphiql/graphiql.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "./fonts.css";
import "./page.css";
import { createRoot } from "react-dom/client";
import { Explorer } from "./explorer";
import { operations } from "./operations";
import { openAt } from "./storage";

openAt(operations[0]);

const place = document.getElementById("explorer");
if (place !== null) {
  // Monaco measures a character once: the font has to be there before the first editor is.
  await document.fonts.load('15px "Fira Code"').catch(() => []);
  createRoot(place).render(<Explorer />);
}
