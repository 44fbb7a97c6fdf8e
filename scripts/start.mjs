// npm start: a recorded incident, served by the sandbox as the four upstream APIs, collected through the four MCP servers, to a report.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { log, root } from "./toolchain.mjs";

const HELP = `usage: npm start [-- --incident NAME] [-- --format text|json|markdown|html]

Replays a recorded incident of test/incidents/captures (default: bad-deploy) through the sandbox and the four source servers.`;

const { values } = parseArgs({
	options: {
		incident: { type: "string", default: "bad-deploy" },
		format: { type: "string", default: "text" },
		help: { type: "boolean", short: "h" },
	},
});
if (values.help) {
	process.stdout.write(`${HELP}\n`);
	process.exit(0);
}

const capture = join(root, "test/incidents/captures", values.incident);
const manifest = JSON.parse(readFileSync(join(capture, "capture.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "faultline-start-"));
log(
	`replaying the recorded incident "${values.incident}" (${manifest.start} to ${manifest.end}) as Kubernetes, Sentry, CloudWatch and Grafana`,
);

const sandbox = spawn(
	process.execPath,
	[join(root, "apps/sandbox/dist/sandbox.js"), "serve", "--capture", capture, "--config-out", folder],
	{ stdio: ["ignore", "pipe", "inherit"] },
);
let report;
process.on("exit", () => {
	sandbox.kill();
	report?.kill();
	rmSync(folder, { recursive: true, force: true });
});
for (const [signal, code] of [
	["SIGINT", 130],
	["SIGTERM", 143],
])
	process.on(signal, () => process.exit(code));

const ready = await Promise.race([
	new Promise((resolve) => createInterface({ input: sandbox.stdout }).once("line", resolve)),
	new Promise((resolve) => sandbox.once("exit", () => resolve(undefined))),
]);
if (ready === undefined) {
	log("the sandbox ended before it was ready; its message is above");
	process.exit(3);
}
report = spawn(
	process.execPath,
	[
		join(root, "apps/cli/dist/faultline.js"),
		"report",
		"--config",
		join(folder, "faultline.yaml"),
		"--from",
		manifest.start,
		"--to",
		manifest.end,
		"--format",
		values.format,
	],
	{ stdio: "inherit" },
);
const code = await new Promise((resolve) => report.once("exit", (status) => resolve(status ?? 3)));
// The command's own codes: 0 no incident, 1 an incident found. Both mean that npm start did its job.
if (code <= 1)
	log(
		'done. Next: `./faultline init` to point it at your own sources, or put `./faultline mcp` into claude_desktop_config.json and ask "what\'s broken?"',
	);
process.exit(code === 1 ? 0 : code);
