import { parseArgs } from "node:util";
import { AppError, toAppError } from "@faultline/contracts";
import { record } from "./recording.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { killAllChildren } from "./stack/child.ts";

const HELP = `Records an incident of the shop: real nginx, PostgreSQL and Redis under load, with one injected fault.

usage: node test/incidents/record.ts --scenario NAME --out DIR [--minutes N]

  --scenario NAME  one of: ${SCENARIOS.map((s) => s.id).join(", ")}
  --out DIR        a folder that does not exist yet, or is empty
  --minutes N      length of the whole recording; by default the scenario's own (${SCENARIOS.map((s) => s.healthyMinutes + s.faultMinutes).join(", ")})
  --help           this text

Several recordings may run at once: each has its own ports and its own data in the system's temporary folder. Ctrl-C ends everything
that was started, and writes nothing.`;

function readArguments() {
	const { values } = parseArgs({
		options: { scenario: { type: "string" }, out: { type: "string" }, minutes: { type: "string" }, help: { type: "boolean" } },
	});
	if (values.help) return undefined;
	const scenario = SCENARIOS.find((s) => s.id === values.scenario);
	if (scenario === undefined) throw new AppError("BAD_INPUT", `no scenario "${values.scenario ?? ""}"`, { hint: "--help lists them" });
	if (values.out === undefined) throw new AppError("BAD_INPUT", "--out is missing", { hint: "--out DIR" });
	const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
	if (minutes !== undefined && !(minutes > 0 && minutes <= 600))
		throw new AppError("BAD_INPUT", `--minutes is not a length: ${values.minutes}`);
	return { scenario, out: values.out, ...(minutes === undefined ? {} : { minutes }) };
}

async function main(): Promise<number> {
	const options = readArguments();
	if (options === undefined) {
		console.log(HELP);
		return 0;
	}
	const cancel = new AbortController();
	for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => cancel.abort());
	const onProgress = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
	const { records, truth } = await record(options.scenario, { ...options, onProgress, signal: cancel.signal });
	const counts = Object.entries(records).map(([kind, list]) => `${list.length} ${kind}`);
	onProgress(`${options.out}: ${counts.join(", ")}; blast radius: ${truth.blastRadius.join(", ") || "none"}`);
	return 0;
}

process.on("exit", killAllChildren);
try {
	process.exit(await main());
} catch (thrown) {
	const error = thrown instanceof TypeError && "code" in thrown ? new AppError("BAD_INPUT", thrown.message) : toAppError(thrown);
	console.error(`${error.code}: ${error.message}${error.hint === undefined ? "" : `. Try: ${error.hint}`}`);
	process.exit(error.code === "CANCELLED" ? 130 : error.code === "BAD_INPUT" ? 2 : 3);
}
