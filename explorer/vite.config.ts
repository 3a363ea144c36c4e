import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The gateway writes the pages itself (gateway/explorer.py fills page.html and dashboard.html from the manifest),
// so an entry is a script, not an HTML file, and every address lies below Django's static files.
export default defineConfig({
  base: "/static/explorer/",
  plugins: [react()],
  build: {
    target: "es2022",
    outDir: "dist",
    manifest: true,
    license: { fileName: "licenses.md" },
    // A font inside the style sheet would hold up the first paint; as a file it is cached apart.
    assetsInlineLimit: 0,
    // The editor alone is about this size, and it is loaded once and cached for good.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: ["source/main.tsx", "source/dashboard/main.tsx"],
      onLog(level, log, handle) {
        // React's compiler leaves its own directives in the libraries; they mean nothing to the build.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
});
