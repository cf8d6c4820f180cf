// Serves the pages from their sources before a running node, and builds them anew at each change:
//   node dev.mjs [http://127.0.0.1:35997]
// Whatever is no file of the pages goes to the node, WebSocket included.
import { context } from "esbuild";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const node = new URL(process.argv[2] ?? "http://127.0.0.1:35997");
const port = Number(process.env.PORT ?? 35990);
const TYPES = { js: "text/javascript", css: "text/css", svg: "image/svg+xml", html: "text/html" };

const built = await context({
  absWorkingDir: root,
  entryPoints: { app: "src/main.tsx", "app-style": "src/style/index.css" },
  bundle: true,
  write: false,
  outdir: "dist",
  format: "iife",
  sourcemap: "inline",
  jsx: "automatic",
  jsxImportSource: "preact",
});

async function file(path) {
  const name = path.slice("/explorer/".length);
  if (name === "app.js" || name === "app.css") {
    const { outputFiles } = await built.rebuild();
    return [name, outputFiles.find((one) => one.path.endsWith(name.slice(3)))?.contents];
  }
  const kept = name === "icon.svg" ? name : "index.html";
  return [kept, await readFile(`${root}src/${kept}`)];
}

const server = createServer(async (asked, answer) => {
  const path = new URL(asked.url, "http://localhost").pathname;
  if (path.startsWith("/explorer/")) {
    try {
      const [name, content] = await file(path);
      answer.writeHead(200, { "content-type": TYPES[name.split(".").at(-1)], "cache-control": "no-store" });
      answer.end(content);
    } catch (error) {
      answer.writeHead(500).end(String(error));
    }
    return;
  }
  const passed = request({ host: node.hostname, port: node.port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  passed.on("error", () => answer.writeHead(502).end());
  asked.pipe(passed);
});
server.on("upgrade", (asked, socket, head) => {
  const other = connect(Number(node.port), node.hostname, () => {
    const lines = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}`);
    other.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    other.write(head);
    socket.pipe(other).pipe(socket);
  });
  other.on("error", () => socket.destroy());
  socket.on("error", () => other.destroy());
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/explorer/ before ${node.origin}`));
