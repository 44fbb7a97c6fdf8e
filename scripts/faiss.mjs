#!/usr/bin/env node
// Makes faiss-node's native module exist, since npm carries no binary of it: from the cache of this checkout, its own download, or a compiler.
// Plain JavaScript for Node 20. As a program: exit code 0 where FAISS works afterwards, 1 (and what to install) where not.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { patchSource } from "../packages/anomaly/native/patch-source.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const anomaly = join(root, "packages", "anomaly");
const PACKAGES = ["libfaiss-dev", "g++", "libopenblas-dev"];
const HINT = `on Debian or Ubuntu, as root: apt-get install ${PACKAGES.join(" ")}; then node scripts/faiss.mjs`;
const DOWNLOAD_MS = 8_000;
const COMPILE_MS = 300_000;

/**
 * @param {{install?: boolean, node?: string, log?: (message: string) => void}} options install: system packages may be installed (as root);
 *   node: the Node that will load the module
 * @returns {{available: boolean, how?: string, reason?: string, hint?: string}}
 */
export function ensureFaiss({ install = false, node = process.execPath, log = () => {} } = {}) {
	const home = join(anomaly, "node_modules", "faiss-node");
	if (!existsSync(join(home, "package.json"))) return { available: false, reason: "faiss-node is not installed", hint: "pnpm install" };
	const faiss = realpathSync(home);
	const release = join(faiss, "build", "Release");
	if (works(node, release) && !isOutdated(release, faiss)) return { available: true, how: "already there" };
	const stored = () => join(root, ".toolchain", "faiss", cacheKey(faiss));
	if (works(node, stored())) {
		place(stored(), release);
		return { available: true, how: "from .toolchain/faiss" };
	}
	const reasons = [];
	for (const [how, obtain] of [
		["downloaded", () => download(node, faiss)],
		["compiled", () => compile({ node, faiss, release, install, log })],
	]) {
		const reason = obtain();
		if (reason === undefined && works(node, release)) {
			place(release, stored());
			return { available: true, how };
		}
		reasons.push(reason ?? `what was ${how} does not load`);
	}
	return { available: false, reason: reasons.join("; "), hint: HINT };
}

/** Whether the module in a folder loads and finds a neighbour; tried in another process, since a broken binary may crash. */
function works(node, folder) {
	const binary = join(folder, "faiss-node.node");
	if (!existsSync(binary)) return false;
	const trial = `const { IndexFlatIP } = require(${JSON.stringify(binary)}); const index = new IndexFlatIP(2);
		index.add([1, 0, 0, 1]); process.exit(index.search([0, 1], 1).labels[0] === 1 ? 0 : 1);`;
	return spawnSync(node, ["-e", trial], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

/** Whether what was compiled here was compiled from another version or patch. A downloaded binary carries no mark. */
function isOutdated(release, faiss) {
	const mark = readIfThere(join(release, "patched"));
	return mark !== "" && mark.trim() !== cacheKey(faiss);
}

/** Another version, patch, platform or system library is another binary. */
function cacheKey(faiss) {
	const parts = [
		JSON.parse(readFileSync(join(faiss, "package.json"), "utf8")).version,
		process.platform,
		process.arch,
		...["patch-source.mjs", "inner-product.cc"].map((name) => readIfThere(join(anomaly, "native", name))),
		libraryVersion(),
	];
	return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

function libraryVersion() {
	const header = readIfThere(join(headerFolder() ?? "", "faiss", "Index.h"));
	return [...header.matchAll(/#define FAISS_VERSION_\w+ (\d+)/g)].map((match) => match[1]).join(".");
}

/** Moves a complete folder into its place, so that no one sees half of it. */
function place(from, to) {
	mkdirSync(dirname(to), { recursive: true });
	const copy = mkdtempSync(`${to}-`);
	cpSync(from, copy, { recursive: true });
	rmSync(to, { recursive: true, force: true });
	renameSync(copy, to);
}

/** The package's own prebuilt binary, from its releases on GitHub. Undefined where it worked, else why not. */
function download(node, faiss) {
	let tool;
	try {
		tool = createRequire(join(faiss, "package.json")).resolve("prebuild-install/bin.js");
	} catch {
		return "prebuild-install is not there";
	}
	const result = spawnSync(node, [tool, "--runtime", "napi"], { cwd: faiss, stdio: "ignore", timeout: DOWNLOAD_MS, killSignal: "SIGKILL" });
	return result.status === 0 ? undefined : "its prebuilt binary could not be downloaded";
}

function compile({ node, faiss, release, install, log }) {
	if (process.platform !== "linux") return `there is no recipe to compile it on ${process.platform}`;
	if (!hasTools()) {
		const reason = installPackages(install, log);
		if (reason !== undefined) return reason;
	}
	const headers = nodeHeaders(node);
	if (headers === undefined) return "the headers of Node are not found";
	log("compiling faiss-node against the system's libfaiss");
	const work = mkdtempSync(join(tmpdir(), "faultline-faiss-"));
	try {
		writeFileSync(join(work, "faiss.cc"), patchSource(readFileSync(join(faiss, "src", "faiss.cc"), "utf8")));
		const flags = ["-O2", "-std=c++17", "-fPIC", "-shared", "-fopenmp", "-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION"];
		const includes = [headers, realpathSync(join(anomaly, "node_modules", "node-addon-api")), headerFolder(), join(faiss, "src")];
		const built = spawnSync(
			"g++",
			[
				...flags,
				...includes.map((folder) => `-I${folder}`),
				join(work, "faiss.cc"),
				...kernel(),
				"-o",
				join(work, "faiss-node.node"),
				...libraries(),
			],
			{ encoding: "utf8", timeout: COMPILE_MS },
		);
		if (built.status !== 0)
			return `compiling failed: ${(built.stderr ?? "").split("\n").find((line) => /error|cannot find/.test(line)) ?? "g++ gave no reason"}`;
		rmSync(join(work, "faiss.cc"));
		// The mark of what was compiled, which a downloaded binary has not.
		writeFileSync(join(work, "patched"), `${cacheKey(faiss)}\n`);
		place(work, release);
		return undefined;
	} catch (error) {
		return error.message;
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

const onPath = (name) => (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, name)));
const headerFolder = () => ["/usr/local/include", "/usr/include"].find((folder) => existsSync(join(folder, "faiss", "IndexFlat.h")));
const hasTools = () => onPath("g++") && headerFolder() !== undefined;

/** The static library where there is one: the module then needs no libfaiss at run time. */
const libraries = () => [staticLibrary() ?? "-lfaiss", "-lopenblas", "-llapack", "-lgomp"];

function staticLibrary() {
	const found = spawnSync("g++", ["-print-file-name=libfaiss.a"], { encoding: "utf8" }).stdout?.trim() ?? "";
	return existsSync(found) ? found : undefined;
}

/** Our own inner product takes the place of the library's; a shared library keeps its own. */
const kernel = () =>
	staticLibrary() === undefined ? [] : [join(anomaly, "native", "inner-product.cc"), "-Wl,--allow-multiple-definition"];

function installPackages(allowed, log) {
	const missing = "libfaiss's headers or g++ are not installed";
	if (!allowed) return missing;
	if (process.getuid?.() !== 0) return `${missing}, and only root can install them`;
	if (!onPath("apt-get")) return `${missing}, and there is no apt-get`;
	log(`installing ${PACKAGES.join(", ")} with apt-get, to compile FAISS`);
	const apt = (...args) =>
		spawnSync("apt-get", args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, timeout: 600_000 }).status ===
		0;
	const add = () => apt("install", "-y", "-qq", "--no-install-recommends", ...PACKAGES);
	if (!add()) {
		apt("update", "-qq");
		add();
	}
	return hasTools() ? undefined : `apt-get could not install ${PACKAGES.join(" ")}`;
}

/** The headers that came with the Node that loads the module; a system's own only where they are of the same major version. */
function nodeHeaders(node) {
	const beside = [node, process.execPath].map((binary) => join(dirname(realpathSync(binary)), "..", "include", "node"));
	const major = process.versions.node.split(".")[0];
	return [...beside, "/usr/local/include/node", "/usr/include/node"].find((folder, i) => {
		if (!existsSync(join(folder, "node_api.h"))) return false;
		return i < beside.length || readIfThere(join(folder, "node_version.h")).includes(`#define NODE_MAJOR_VERSION ${major}\n`);
	});
}

function readIfThere(path) {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const result = ensureFaiss({
		install: process.argv.includes("--install"),
		log: (message) => process.stderr.write(`faiss: ${message}\n`),
	});
	process.stdout.write(
		result.available ? `FAISS works (${result.how})\n` : `FAISS is not available: ${result.reason}. Try: ${result.hint}\n`,
	);
	process.exitCode = result.available ? 0 : 1;
}
