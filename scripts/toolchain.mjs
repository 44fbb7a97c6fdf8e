// The toolchain of a checkout: Node 24 and pnpm from npm, kept in .toolchain/ (ignored by git). Runs on Node 20 and later.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const toolchain = join(root, ".toolchain");

const NODE_VERSION = "24.21.0";
const PNPM_VERSION = "12.21.0";
/** The name that npm's per-platform packages of Node itself use. */
const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

export const nodeBinary = join(toolchain, "node_modules", `node-${platform}`, "bin", process.platform === "win32" ? "node.exe" : "node");
const pnpmBinary = join(toolchain, "node_modules", ".bin", "pnpm");

/** A failure that a person can mend: printed without a stack. */
export class LaunchError extends Error {}

/** All progress goes to standard error: standard output belongs to the command that is launched. */
export function log(message) {
	process.stderr.write(`faultline: ${message}\n`);
}

/** The environment of everything the launcher starts: the fetched Node first on the path. */
export function environment() {
	return {
		...process.env,
		PATH: [dirname(nodeBinary), dirname(pnpmBinary), process.env.PATH].join(delimiter),
		ONNXRUNTIME_NODE_INSTALL: "skip",
		TURBO_TELEMETRY_DISABLED: "1",
		DO_NOT_TRACK: "1",
	};
}

/** Runs a program with its output on standard error; throws a LaunchError with its last lines where it fails. */
export function run(command, args, { what, quiet = true, env = environment(), cwd = root } = {}) {
	const result = spawnSync(command, args, {
		cwd,
		env,
		stdio: ["ignore", quiet ? "pipe" : 2, quiet ? "pipe" : 2],
		encoding: "utf8",
		maxBuffer: 1 << 28,
	});
	if (result.status === 0) return result.stdout ?? "";
	const tail = `${result.stdout ?? ""}\n${result.stderr ?? ""}`.trim().split("\n").slice(-15).join("\n");
	throw new LaunchError(`${what ?? command} failed${result.error ? `: ${result.error.message}` : ""}${tail ? `:\n${tail}` : ""}`);
}

/** Takes the checkout's lock, so that two launchers do not install or build at once; a dead holder's lock is taken over. */
export async function locked(work) {
	mkdirSync(toolchain, { recursive: true });
	const lock = join(toolchain, "lock");
	for (let waited = 0; ; waited++) {
		try {
			writeFileSync(lock, String(process.pid), { flag: "wx" });
			break;
		} catch (error) {
			if (error.code !== "EEXIST") throw error;
			if (!isAlive(Number(readIfThere(lock)))) rmSync(lock, { force: true });
			else if (waited === 0) log("waiting for another launch of this checkout to finish");
			if (waited > 6000) throw new LaunchError(`another launch holds ${lock} for ten minutes; remove the file if none runs`);
			await new Promise((done) => setTimeout(done, 100));
		}
	}
	const release = () => rmSync(lock, { force: true });
	process.once("exit", release);
	try {
		return await work();
	} finally {
		release();
		process.off("exit", release);
	}
}

function isAlive(pid) {
	try {
		return pid > 0 && process.kill(pid, 0);
	} catch (error) {
		return error.code === "EPERM";
	}
}

function readIfThere(path) {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

/** Does `work` unless `stamp` in .toolchain/ already holds `key`; remembers the key afterwards. */
function once(stamp, key, work) {
	const path = join(toolchain, stamp);
	if (readIfThere(path) === key) return;
	work();
	writeFileSync(path, key);
}

/** Node 24 and pnpm. */
export function ensureToolchain() {
	const key = `node ${NODE_VERSION} ${platform}, pnpm ${PNPM_VERSION}`;
	const link = join(toolchain, "node");
	if (!existsSync(nodeBinary) || !existsSync(pnpmBinary)) rmSync(join(toolchain, "toolchain-stamp"), { force: true });
	once("toolchain-stamp", key, () => {
		log(`fetching ${key} from npm into .toolchain/`);
		mkdirSync(toolchain, { recursive: true });
		writeFileSync(join(toolchain, "package.json"), '{ "private": true }\n');
		const npm = process.platform === "win32" ? "npm.cmd" : "npm";
		run(
			npm,
			[
				"install",
				"--prefix",
				toolchain,
				"--no-save",
				"--no-audit",
				"--no-fund",
				"--loglevel=error",
				`node-${platform}@${NODE_VERSION}`,
				`pnpm@${PNPM_VERSION}`,
			],
			{
				what: "npm install of Node 24 and pnpm (is the npm registry reachable?)",
				env: process.env,
			},
		);
	});
	rmSync(link, { force: true });
	if (process.platform !== "win32") symlinkSync(nodeBinary, link);
}

/** The workspace's dependencies, exactly as locked. */
export function ensureInstalled() {
	const key = createHash("sha256");
	for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) key.update(readIfThere(join(root, file)));
	if (!existsSync(join(root, "node_modules", ".modules.yaml"))) rmSync(join(toolchain, "install-stamp"), { force: true });
	once("install-stamp", key.digest("hex"), () => {
		log("installing dependencies");
		run(pnpmBinary, ["install", "--frozen-lockfile"], { what: "pnpm install" });
	});
}

/** The CLI and the sandbox, bundled; turbo rebuilds only what changed. */
export function ensureBuilt() {
	log("building");
	run(join(root, "node_modules", ".bin", "turbo"), ["run", "build", "--output-logs=errors-only"], { what: "the build" });
	// Turbo restores a cached bundle with its old time: touch it, so that the launcher sees it as newer than its sources.
	const now = new Date();
	for (const file of ["apps/cli/dist/faultline.js", "apps/sandbox/dist/sandbox.js"]) utimesSync(join(root, file), now, now);
}
