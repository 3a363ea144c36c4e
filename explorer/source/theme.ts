import { useGraphiQL, useGraphiQLActions, useMonaco } from "@graphiql/react";
import type { editor } from "monaco-editor";
import { useEffect } from "react";

// GraphiQL's two themes are defined anew under their own names, in the page's colours instead of its pink.
const THEMES = {
  "graphiql-LIGHT": { base: "vs", ground: "#ffffff", accent: "#1d4ed8", field: "#f1f4fa", argument: "#6c50c9" },
  "graphiql-DARK": { base: "vs-dark", ground: "#1a2338", accent: "#8fb4ff", field: "#0d1321", argument: "#a99bff" },
} as const;
const NOTHING = "#ffffff00";

type Colours = (typeof THEMES)[keyof typeof THEMES];

function themeOf({ base, ground, accent, field, argument }: Colours): editor.IStandaloneThemeData {
  const faint = `${accent}22`;
  return {
    base,
    inherit: true,
    rules: [{ token: "argument.identifier.gql", foreground: argument }],
    colors: {
      "editor.background": NOTHING,
      "scrollbar.shadow": NOTHING,
      focusBorder: accent,
      "input.background": field,
      "inputOption.hoverBackground": faint,
      "textLink.foreground": accent,
      "textLink.activeForeground": accent,
      "editorLink.activeForeground": accent,
      "editorWidget.background": ground,
      "editorWidget.resizeBorder": accent,
      "editorHoverWidget.background": ground,
      "editorSuggestWidget.background": ground,
      "editorSuggestWidget.selectedBackground": faint,
      "editorSuggestWidget.selectedForeground": accent,
      "list.hoverBackground": faint,
      "list.highlightForeground": accent,
      "list.focusHighlightForeground": accent,
      "menu.background": ground,
      "menu.selectionBackground": faint,
      "menu.selectionForeground": accent,
      "quickInput.background": ground,
      "quickInputList.focusBackground": faint,
      "quickInputList.focusForeground": accent,
      "pickerGroup.foreground": accent,
      "toolbar.hoverBackground": faint,
    },
  };
}

/** Give the editors the page's colours, and let them follow the system when its theme changes. */
export function Theme(): null {
  const monaco = useMonaco((state) => state.monaco);
  const chosen = useGraphiQL((state) => state.theme);
  const { setTheme } = useGraphiQLActions();

  useEffect(() => {
    for (const [name, colours] of Object.entries(THEMES)) monaco?.editor.defineTheme(name, themeOf(colours));
  }, [monaco]);

  useEffect(() => {
    if (chosen !== null) return;
    const system = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(null);
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, [chosen, setTheme]);

  return null;
}
