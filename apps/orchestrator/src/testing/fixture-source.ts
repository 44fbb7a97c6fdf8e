// A small MCP server that behaves as a source does, or misbehaves: node fixture-source.ts "kubernetes=ok,sentry=hang" <source>
import { AppError, EvidencePage, type Signal } from "@faultline/contracts";
import { type AnyTool, checkAccessTool, createServer, defineTool, EvidenceInput, READS, serveStdio } from "@faultline/mcp";

const [modes = "", name = ""] = process.argv.slice(2);
const mode =
	modes
		.split(",")
		.find((pair) => pair.startsWith(`${name}=`))
		?.split("=")[1] ?? "ok";

function signalAt(id: string, time: string): Signal {
	return {
		id,
		source: name,
		kind: "log",
		time,
		severity: 17,
		service: "shop",
		resource: "shop",
		body: `${name} says ${id}`,
		attributes: {},
		count: 1,
		redactions: 0,
	};
}

/** Three pages of one signal each, a minute apart from the start of the window. */
const logs = defineTool({
	name: "list_logs",
	title: "Logs",
	description: "three pages",
	inputSchema: EvidenceInput,
	outputSchema: EvidencePage,
	annotations: READS,
	evidence: ["log"],
	async run({ from = "", to = "", cursor = "0" }) {
		const page = Number(cursor);
		if (page >= 1) await misbehave();
		const time = new Date(Date.parse(from) + (page + 1) * 60_000).toISOString();
		const coverage = { source: name, status: "ok" as const, from, to, truncated: page < 2 };
		return {
			data: { signals: [signalAt(`${name}-${page}`, time)], coverage, ...(page < 2 ? { nextCursor: String(page + 1) } : {}) },
			text: "a page",
		};
	},
});

async function misbehave(): Promise<void> {
	if (mode === "kill-midway") process.kill(process.pid, "SIGKILL");
	if (mode === "hang-midway") await new Promise(() => setInterval(() => undefined, 1000));
	if (mode === "500-midway") throw new AppError("UNAVAILABLE", "the upstream answers 500");
}

const failing = defineTool({
	...logs,
	async run() {
		if (mode === "401") throw new AppError("UNAUTHORIZED", "the token was not accepted", { hint: "make a new one" });
		if (mode === "429") throw new AppError("RATE_LIMITED", "the upstream asked to slow down", { retryAfterMs: 1000 });
		await new Promise(() => setInterval(() => undefined, 1000));
		throw new Error("unreachable");
	},
});

/** A page whose signals are no signals. The server checks its own output, so that this one declares a schema that takes anything. */
const garbage = {
	...logs,
	outputSchema: EvidencePage.pick({ url: true }).loose(),
	run: async () => ({ data: { signals: "<html>502 Bad Gateway</html>" }, text: "garbage" }),
} as unknown as AnyTool;

/** The same cursor for ever. */
const endless = defineTool({
	...logs,
	async run({ from = "", to = "" }) {
		return {
			data: {
				signals: [signalAt("same", from)],
				coverage: { source: name, status: "ok" as const, from, to, truncated: true },
				nextCursor: "again",
			},
			text: "a page",
		};
	},
});

const access = checkAccessTool(name, [
	{
		name: "logs",
		async run() {
			if (mode === "401") throw new AppError("UNAUTHORIZED", "the token was not accepted", { hint: "make a new one" });
			if (mode === "hang") await new Promise(() => setInterval(() => undefined, 1000));
			return "can be read";
		},
	},
]);

const TOOLS: Record<string, AnyTool> = { "401": failing, "429": failing, hang: failing, garbage, endless };

if (mode === "no-start") process.exit(1);
const tools = mode === "no-tools" ? [access] : [access, TOOLS[mode] ?? logs];
await serveStdio(() => createServer({ name: `fixture-${name}`, title: name, version: "1.0.0", instructions: "", tools }));
