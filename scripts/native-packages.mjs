// Copies the packages that the bundles leave outside, and what they need at run time, into a flat folder for an image: node scripts/native-packages.mjs OUT NAME...
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Needed only to fetch or compile a binary. */
const BUILD_ONLY = new Set(["prebuild-install", "node-addon-api", "node-gyp", "node-gyp-build", "cmake-js"]);

const [out, ...names] = process.argv.slice(2);
if (out === undefined || names.length === 0) {
	console.error("usage: node scripts/native-packages.mjs OUT NAME...");
	process.exit(2);
}
mkdirSync(out, { recursive: true });
for (const name of names) {
	const home = globSync(join(root, "packages/*/node_modules", name))[0];
	if (home === undefined) console.error(`${name}: no package of the workspace has it; left out`);
	else copy(name, realpathSync(home));
}

/** A package and its dependencies, which pnpm keeps beside it. */
function copy(name, home) {
	if (existsSync(join(out, name))) return;
	// The sources that a binary was compiled from stay behind.
	cpSync(home, join(out, name), {
		recursive: true,
		dereference: true,
		filter: (path) => !/[\\/](?:deps|src|obj\.target)$/.test(path.slice(home.length)),
	});
	const { dependencies = {} } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
	const beside = name.startsWith("@") ? dirname(dirname(home)) : dirname(home);
	for (const dependency of Object.keys(dependencies))
		if (!BUILD_ONLY.has(dependency)) copy(dependency, realpathSync(join(beside, dependency)));
}
