// Start-up: the launcher against Node itself, and a server from initialize to tools/list. node test/bench/startup.mjs [--runs 15]
import { spawn, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "../..");
const { values } = parseArgs({ options: { runs: { type: "string", default: "15" } } });
const runs = Number(values.runs);
const node = join(root, ".toolchain/node");
const bundle = join(root, "apps/cli/dist/faultline.js");
const median = (xs) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)];

function wall(command, args) {
	return median(
		Array.from({ length: runs }, () => {
			const start = performance.now();
			const { status } = spawnSync(command, args, { stdio: "ignore" });
			if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited ${status}`);
			return performance.now() - start;
		}),
	);
}

/** Enough configuration for each server to start; nothing is listening there, and listing tools calls nobody. */
const CONFIGURED = {
	SENTRY_URL: "http://127.0.0.1:9",
	SENTRY_AUTH_TOKEN: "none",
	SENTRY_ORG: "none",
	GRAFANA_URL: "http://127.0.0.1:9",
	GRAFANA_SERVICE_ACCOUNT_TOKEN: "none",
	AWS_REGION: "us-east-1",
};

function initializeToList(args) {
	return new Promise((done, failed) => {
		const start = performance.now();
		const child = spawn(join(root, "faultline"), args, {
			stdio: ["pipe", "pipe", "ignore"],
			env: { ...process.env, ...CONFIGURED },
		});
		child.on("exit", (code) => failed(new Error(`faultline ${args.join(" ")} exited ${code}`)));
		const say = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
		createInterface({ input: child.stdout }).on("line", (line) => {
			const { id } = JSON.parse(line);
			if (id === 1) {
				say({ method: "notifications/initialized" });
				say({ id: 2, method: "tools/list", params: {} });
			}
			if (id === 2) {
				done(performance.now() - start);
				child.kill();
			}
		});
		say({
			id: 1,
			method: "initialize",
			params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
		});
	});
}

const rows = [];
const empty = wall(node, ["-e", "0"]);
const direct = wall(node, [bundle, "--version"]);
const launched = wall(join(root, "faultline"), ["--version"]);
rows.push(
	["node -e 0", empty],
	["bundle --version", direct],
	["./faultline --version", launched],
	["the launcher adds", launched - direct],
);
for (const server of ["orchestrator", "kubernetes", "sentry", "cloudwatch", "grafana"]) {
	const times = [];
	for (let i = 0; i < Math.min(runs, 7); i++) times.push(await initializeToList(["mcp", server]));
	rows.push([`mcp ${server}: process start to tools/list`, median(times)]);
}
for (const [what, ms] of rows)
	process.stdout.write(`${what.padEnd(48)} ${ms.toFixed(0).padStart(6)} ms  (${(ms / empty).toFixed(2)} x node)\n`);
