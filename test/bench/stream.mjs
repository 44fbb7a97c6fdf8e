// One million log lines, of a few thousand templates, from standard input's shape to verdicts: read, mask, template, detect. Prints lines a
// second and the most memory that the process held; fails above 1 GB. node test/bench/stream.mjs [--lines 1000000] [--session 200]
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { detectInSessions } from "../../apps/orchestrator/src/logs/detect.ts";
import { groupLines } from "../../apps/orchestrator/src/logs/group.ts";
import { readLines } from "../../apps/orchestrator/src/logs/read-lines.ts";
import { readSessions } from "../../apps/orchestrator/src/logs/read-sessions.ts";
import { lines } from "./made-lines.mjs";

const BAR_MB = 1_000;
const { values } = parseArgs({
	options: { lines: { type: "string", default: "1000000" }, session: { type: "string", default: "200" }, stage: { type: "string" } },
});
const count = Number(values.lines);
const perSession = Number(values.session);

/** The lines as bytes, in chunks as a file gives them. */
async function* bytes(texts) {
	let pending = [];
	let size = 0;
	for (const text of texts) {
		pending.push(text);
		size += text.length;
		if (size < 65_536) continue;
		yield Buffer.from(`${pending.join("\n")}\n`);
		pending = [];
		size = 0;
	}
	if (pending.length > 0) yield Buffer.from(`${pending.join("\n")}\n`);
}

function* sessions(texts) {
	let id = 0;
	let held = [];
	for (const text of texts) {
		held.push(text);
		if (held.length < perSession) continue;
		yield JSON.stringify({ id: id++, lines: held });
		held = [];
	}
	if (held.length > 0) yield JSON.stringify({ id, lines: held });
}

const STAGES = {
	async group() {
		const templates = new Set();
		let rows = 0;
		for await (const { templateId } of groupLines(readLines(bytes(lines("varied", count, 1))))) {
			templates.add(templateId);
			rows++;
		}
		return `${rows} rows, ${templates.size} templates`;
	},
	/** A tenth is the baseline, the rest is judged. */
	async detect() {
		const baseline = readSessions(readLines(bytes(sessions(lines("varied", count / 10, 1)))), "baseline");
		const input = readSessions(readLines(bytes(sessions(lines("varied", count - count / 10, 1)))), "input");
		let judged = 0;
		let anomalous = 0;
		for await (const verdict of detectInSessions(baseline, input)) {
			judged++;
			if (verdict.anomalous) anomalous++;
		}
		return `${judged} sessions judged, ${anomalous} unusual`;
	},
};

if (values.stage !== undefined) {
	const start = performance.now();
	const result = await STAGES[values.stage]();
	const seconds = (performance.now() - start) / 1000;
	const mb = process.resourceUsage().maxRSS / 1024;
	process.stdout.write(`${JSON.stringify({ result, seconds, mb })}\n`);
} else {
	// A process each, since memory that one stage took would count for the next.
	for (const stage of Object.keys(STAGES)) {
		const ran = spawnSync(
			process.execPath,
			[resolve(import.meta.filename), "--stage", stage, "--lines", values.lines, "--session", values.session],
			{
				encoding: "utf8",
				stdio: ["ignore", "pipe", "inherit"],
			},
		);
		if (ran.status !== 0) throw new Error(`${stage} exited ${ran.status}`);
		const { result, seconds, mb } = JSON.parse(ran.stdout);
		const speed = Math.round(count / seconds).toLocaleString("en");
		process.stdout.write(`${stage.padEnd(8)} ${count} lines, ${result}: ${speed} lines/s, at most ${Math.round(mb)} MB (bar ${BAR_MB})\n`);
		if (mb > BAR_MB) process.exitCode = 1;
	}
}
