import { EvidencePage, type Signal } from "@faultline/contracts";
import { connectInProcess, type McpConnection, openSource } from "@faultline/mcp";
import { describeSource, startUpstream } from "@faultline/mcp/testing";
import {
	at,
	CRASHING,
	captured,
	clusterEvidence,
	createSentryApi,
	type Listener,
	SAMPLE_WINDOW,
	startApi,
} from "@faultline/sandbox/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { source } from "./index.ts";

const TOKEN = "sentry-token-4711";

describeSource({
	source,
	module: new URL("./index.ts", import.meta.url),
	env: (url) => ({ SENTRY_URL: url, SENTRY_AUTH_TOKEN: TOKEN, SENTRY_ORG: "shop" }),
	secrets: [TOKEN],
	tokens: 3734,
	badEnv: {
		env: { SENTRY_URL: "sentry", SENTRY_PROJECTS: "a b" },
		mentions: ["SENTRY_URL", "SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECTS"],
	},
});

async function connectTo(url: string, env: Record<string, string> = {}) {
	const servers = openSource(source, { SENTRY_URL: url, SENTRY_AUTH_TOKEN: TOKEN, SENTRY_ORG: "sandbox", ...env });
	const connection = await connectInProcess(servers.factory);
	return {
		connection,
		close: async () => {
			await connection.close();
			await servers.close();
		},
	};
}

/** Calls a tool page by page, as the pipeline does. */
async function readAll(connection: McpConnection, tool: string, input: Record<string, unknown> = {}) {
	const pages: EvidencePage[] = [];
	let cursor: string | undefined;
	do {
		const page = EvidencePage.parse((await connection.callTool(tool, { ...SAMPLE_WINDOW, ...input, ...(cursor ? { cursor } : {}) })).data);
		pages.push(page);
		cursor = page.nextCursor;
	} while (cursor !== undefined && pages.length < 200);
	return { pages, signals: pages.flatMap((p) => p.signals), coverage: pages.at(-1)?.coverage };
}

const evidence = await captured(clusterEvidence());
const byTime = (a: { time: number; body: string }, b: { time: number; body: string }) => a.time - b.time || (a.body < b.body ? -1 : 1);
const told = (s: Signal) => ({ time: Date.parse(s.time), service: s.service, resource: s.resource, body: s.body, traceId: s.traceId });

describe("sentry over the sandbox", () => {
	let api: Listener;
	let sentry: Awaited<ReturnType<typeof connectTo>>;
	beforeAll(async () => {
		api = await startApi(createSentryApi, evidence);
		sentry = await connectTo(api.url);
	});
	afterAll(async () => {
		await sentry.close();
		await api.close();
	});

	it("brings every error back, with its service, pod and trace", async () => {
		const { signals, coverage } = await readAll(sentry.connection, "list_errors", { limit: 1000 });
		const expected = evidence.signals.filter((s) => s.kind === "log" && s.severity >= 17).map(told);
		expect(signals.map(told).sort(byTime)).toEqual(expected.sort(byTime));
		expect(new Set(signals.map((s) => s.fingerprint)).size).toBe(1);
		expect(signals[0]).toMatchObject({
			kind: "error",
			severity: 17,
			count: 1,
			attributes: { project: "orders", environment: "production", issueCount: 20, firstSeen: at(20), lastSeen: at(29.5) },
		});
		expect(coverage).toMatchObject({ status: "ok", truncated: false, ...SAMPLE_WINDOW });
	});

	it("counts the events that it does not give one by one", async () => {
		const { signals, pages } = await readAll(sentry.connection, "list_errors", { limit: 6 });
		expect(pages.every((p) => p.signals.length <= 6)).toBe(true);
		expect(signals.reduce((sum, s) => sum + s.count, 0)).toBe(20);
		expect(signals.at(-1)).toMatchObject({ count: 15, attributes: { aggregated: true }, time: at(20) });
	});

	it("keeps to the window", async () => {
		const { signals } = await readAll(sentry.connection, "list_errors", { from: at(25), to: at(26) });
		expect(signals.map((s) => Date.parse(s.time)).sort()).toEqual([Date.parse(at(25)), Date.parse(at(25.5))]);
	});

	it.each([1000, 1])("brings spans back whole, in pages of %i", async (limit) => {
		const { signals } = await readAll(sentry.connection, "list_spans", { limit });
		for (const original of evidence.signals.filter((s) => s.kind === "span")) {
			const { traceId, spanId, service, resource, severity, attributes, span } = original;
			expect(signals.filter((s) => s.spanId === spanId)).toEqual([
				expect.objectContaining({ kind: "span", traceId, service, resource, severity, attributes, span }),
			]);
			expect(Date.parse(signals.find((s) => s.spanId === spanId)?.time ?? "")).toBe(Date.parse(original.time));
		}
		expect(signals).toHaveLength(2);
		expect(signals[0]?.resource).toBe(CRASHING);
	});

	it.each([1000, 1])("brings deploys and commits back as the changes that they were, in pages of %i", async (limit) => {
		const { signals } = await readAll(sentry.connection, "list_changes", { limit });
		const expected = evidence.signals.filter((s) => s.change?.type === "deploy" || s.change?.type === "commit");
		// a deploy has no author in Sentry but its release's owner, which the sandbox fills
		expect(signals.map((s) => ({ time: Date.parse(s.time), service: s.service, ...s.change }))).toEqual(
			expected.map((s) => ({ time: Date.parse(s.time), service: s.service, ...s.change })),
		);
		expect(signals.find((s) => s.change?.type === "commit")?.change).toMatchObject({
			files: ["stock/pool.ts", "stock/pool.test.ts"],
			diff: expect.stringMatching(/^@@ stock/),
		});
	});

	it("brings the commits of a deploy in the window even where they are older", async () => {
		const { signals } = await readAll(sentry.connection, "list_changes", { from: at(17), to: at(19) });
		expect(signals.map((s) => s.change?.type)).toEqual(["commit", "deploy"]);
		expect((await readAll(sentry.connection, "list_changes", { from: at(20), to: at(30) })).signals).toEqual([]);
	});

	it("reads only the projects that are allowed, and says where one does not exist", async () => {
		const one = await connectTo(api.url, { SENTRY_PROJECTS: "stock" });
		const none = await connectTo(api.url, { SENTRY_PROJECTS: "stock,nowhere" });
		try {
			expect((await readAll(one.connection, "list_errors")).signals).toEqual([]);
			expect((await readAll(one.connection, "list_spans")).signals.map((s) => s.service)).toEqual(["stock"]);
			await expect(none.connection.callTool("list_errors", SAMPLE_WINDOW)).rejects.toMatchObject({
				code: "BAD_CONFIG",
				message: expect.stringContaining("nowhere"),
			});
		} finally {
			await one.close();
			await none.close();
		}
	});

	it("answers a quiet window with an empty page", async () => {
		for (const tool of ["list_errors", "list_spans", "list_changes"]) {
			const { signals, coverage } = await readAll(sentry.connection, tool, { from: "2020-01-01T00:00:00Z", to: "2020-01-01T00:01:00Z" });
			expect(signals, tool).toEqual([]);
			expect(coverage, tool).toMatchObject({ status: "ok", truncated: false });
		}
	});

	it("checks what the token may read, and says where the organization is wrong", async () => {
		expect((await sentry.connection.callTool("check_access")).data).toMatchObject({ ok: true });
		const wrong = await connectTo(api.url, { SENTRY_ORG: "elsewhere" });
		expect(await wrong.connection.callTool("check_access")).toMatchObject({
			data: { ok: false },
			text: expect.stringContaining("SENTRY_ORG"),
		});
		await wrong.close();
	});
});

describe("sentry's limits and oddities", () => {
	it("waits for the window of the rate limit to begin anew", async () => {
		const times: number[] = [];
		const upstream = await startUpstream((_request, response) => {
			times.push(Date.now());
			const reset = Math.floor(Date.now() / 1000) + 1;
			const first = times.length === 1;
			response.writeHead(200, {
				"content-type": "application/json",
				"x-sentry-rate-limit-remaining": first ? "0" : "5",
				"x-sentry-rate-limit-reset": String(reset),
				link: first ? '<http://x/>; rel="next"; results="true"; cursor="0:100:0"' : "",
			});
			response.end(JSON.stringify({ data: [{ id: "a", trace: "t", timestamp: at(1) }] }));
		});
		const { connection, close } = await connectTo(upstream.url);
		await readAll(connection, "list_spans", { limit: 1 });
		expect(times).toHaveLength(2);
		// the second request came after the first one's Reset, which is at a whole second
		expect(times[1]).toBeGreaterThanOrEqual((Math.floor((times[0] ?? 0) / 1000) + 1) * 1000);
		await close();
		await upstream.close();
	});

	it("passes what it does not know, and says what it could not read", async () => {
		const issue = {
			id: 7,
			shortId: "X-1",
			title: "boom",
			level: "brand-new-level",
			count: "3",
			project: { id: "1", slug: "web", name: "Web Shop" },
			type: "brand-new",
		};
		const event = {
			eventID: "e1",
			dateCreated: at(2),
			tags: [
				{ key: "user.email", value: "a@b.example" },
				{ key: "odd", value: null },
			],
			user: { email: "jane@corp.example" },
			context: { user_note: "see jane@corp.example", cookie: "sid=12345" },
			entries: [
				{ type: "hologram", data: 3 },
				{ type: "request", data: { headers: [["Cookie", "sid=1"]] } },
				{
					type: "exception",
					data: {
						values: [
							{ type: "Inner", value: "root cause", stacktrace: { frames: [{ filename: "lib.js", inApp: false }] } },
							{
								type: "Outer",
								value: "failed with token=abcdefgh12345678",
								stacktrace: {
									frames: [
										{ filename: "node:http", inApp: false },
										{ filename: "app/a.ts", function: "a", lineNo: 3, inApp: true },
										{ filename: "vendor.js", inApp: false },
									],
								},
							},
						],
					},
				},
			],
		};
		const upstream = await startUpstream((request, response) => {
			const body = request.url?.includes("/events/") ? [event, { eventID: "timeless" }] : [issue, "nonsense"];
			response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
		});
		const { connection, close } = await connectTo(upstream.url);
		const { signals, coverage } = await readAll(connection, "list_errors");
		expect(signals).toHaveLength(2);
		expect(signals[0]).toMatchObject({
			service: "web",
			severity: 17,
			body: "Outer: failed with token=[redacted:token], caused by Inner: root cause",
			attributes: { suspectFile: "app/a.ts" },
		});
		const chain = signals[0]?.attributes.exceptions as { type: string; frames: { file: string }[] }[];
		expect(chain.map((e) => [e.type, e.frames.map((f) => f.file)])).toEqual([
			["Outer", ["app/a.ts", "vendor.js", "node:http"]],
			["Inner", ["lib.js"]],
		]);
		expect(signals[1]).toMatchObject({ count: 1, attributes: { aggregated: true } });
		expect(coverage?.skipped).toEqual(["1 issues were not as expected"]);
		expect(JSON.stringify(signals)).not.toMatch(/jane@|sid=1|abcdefgh12345678|a@b\.example/);
		await close();
		await upstream.close();
	});
});
