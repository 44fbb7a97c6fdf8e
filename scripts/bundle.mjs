// Bundles an app's entry into one folder of plain JavaScript: node scripts/bundle.mjs apps/cli
import { chmod, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Native packages stay outside: they load their binaries from their own folders. */
const EXTERNAL = ["faiss-node", "onnxruntime-node"];

/** The entries of each app: its program, and what it starts as a thread. All land in one flat folder, so that they find one another by name. */
const ENTRIES = {
	"apps/cli": {
		faultline: "apps/cli/src/main.ts",
		"analyze-worker": "apps/orchestrator/src/jobs/analyze-worker.ts",
		"encoder-worker": "packages/logs/src/encoders/onnx/encoder-worker.ts",
		"vector-index-worker": "packages/anomaly/src/vector-index/vector-index-worker.ts",
	},
	"apps/sandbox": { sandbox: "apps/sandbox/src/main.ts" },
};

const app = process.argv[2];
if (!(app in ENTRIES)) {
	console.error(`usage: node scripts/bundle.mjs ${Object.keys(ENTRIES).join(" | ")}`);
	process.exit(2);
}
const input = Object.fromEntries(Object.entries(ENTRIES[app]).map(([name, path]) => [name, join(root, path)]));
const directory = join(root, app, "dist");
const fresh = `${directory}.new`;
const build = await rolldown({ input, platform: "node", external: EXTERNAL, treeshake: true, logLevel: "warn" });
await rm(fresh, { recursive: true, force: true });
await build.write({
	dir: fresh,
	format: "esm",
	minify: false,
	entryFileNames: "[name].js",
	chunkFileNames: "[name]-[hash].js",
	// CommonJS packages inside the bundle may still ask for Node's own modules, and for the native packages, by require.
	banner: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
});
const [program] = Object.keys(input);
await chmod(join(fresh, `${program}.js`), 0o755);
// Swapped at the end: whoever runs the old one meanwhile finds it whole until then.
await rm(directory, { recursive: true, force: true });
await rename(fresh, directory);
