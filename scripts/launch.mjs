// What `npm start`, `npm test`, `npm run build` and ./faultline run. Plain JavaScript for Node 20: it fetches everything else.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, ensureToolchain, environment, LaunchError, locked, log, nodeBinary, root } from "./toolchain.mjs";

const [task, ...args] = process.argv.slice(2);

const TASKS = {
	/** The CLI; built first where its sources are newer. */
	async faultline() {
		await prepare();
		return await hand(nodeBinary, [join(root, "apps/cli/dist/faultline.js"), ...args]);
	},
	/** The main job on the embedded default: a recorded incident, through the sandbox and the four servers, to a report. */
	async start() {
		await prepare();
		await faiss(false);
		return await hand(nodeBinary, [join(root, "scripts/start.mjs"), ...args]);
	},
	/** Every check there is. */
	async test() {
		await prepare();
		await faiss(true);
		const { ensureSystemPackages } = await import("./system-packages.mjs");
		ensureSystemPackages();
		return await hand(nodeBinary, [join(root, "scripts/test.mjs"), ...args]);
	},
	async build() {
		await prepare();
		return 0;
	},
};

function prepare() {
	return locked(() => {
		ensureToolchain();
		ensureInstalled();
		ensureBuilt();
	});
}

/** FAISS for the running checkout: fetched or compiled; required only where `needed`. */
async function faiss(needed) {
	const { ensureFaiss } = await import("./faiss.mjs");
	const result = await locked(() => ensureFaiss({ install: true, node: nodeBinary, log }));
	if (result.available) return;
	if (needed) throw new LaunchError(`FAISS is needed for the tests: ${result.reason}\n${result.hint ?? ""}`);
	log(`FAISS is not available (${result.reason}): the exact index is used instead`);
}

/** Runs a program in our place: its streams, its signals, its exit code. */
function hand(command, commandArgs) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, commandArgs, { stdio: "inherit", env: environment() });
		const forward = (signal) => child.kill(signal);
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);
		child.on("error", reject);
		child.on("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
	});
}

try {
	if (task in TASKS) process.exitCode = await TASKS[task]();
	else {
		log(`unknown task "${task ?? ""}". Try: ${Object.keys(TASKS).join(", ")}`);
		process.exitCode = 2;
	}
} catch (error) {
	log(error instanceof LaunchError ? error.message : (error.stack ?? String(error)));
	process.exitCode = 3;
}
