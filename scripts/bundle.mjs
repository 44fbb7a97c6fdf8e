// Bundles an app's entry into one folder of plain JavaScript: node scripts/bundle.mjs apps/cli
import { chmod, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Native packages stay outside: they load their binaries from their own folders. */
const EXTERNAL = ["faiss-node", "onnxruntime-node"];

const NAMES = { "apps/cli": "faultline", "apps/sandbox": "sandbox" };

const app = process.argv[2];
if (!(app in NAMES)) {
	console.error(`usage: node scripts/bundle.mjs ${Object.keys(NAMES).join(" | ")}`);
	process.exit(2);
}
const directory = join(root, app, "dist");
const build = await rolldown({
	input: { [NAMES[app]]: join(root, app, "src/main.ts") },
	platform: "node",
	external: EXTERNAL,
	treeshake: true,
	logLevel: "warn",
});
await rm(directory, { recursive: true, force: true });
await build.write({
	dir: directory,
	format: "esm",
	entryFileNames: "[name].js",
	chunkFileNames: "chunks/[name]-[hash].js",
	banner: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
});
await chmod(join(directory, `${NAMES[app]}.js`), 0o755);
