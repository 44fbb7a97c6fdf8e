import { connectHttp, connectInProcess, createServer, type McpConnection } from "@faultline/mcp";
import { afterEach, describe, expect, it } from "vitest";
import { estimateTokens } from "../incidents/token-budget.ts";
import { buildReport } from "../testing/build-report.ts";
import { openTestDesk } from "../testing/open-test-desk.ts";
import type { Desk } from "../tools/desk.ts";
import { getIncident } from "../tools/get-incident.ts";
import { whatsBroken } from "../tools/whats-broken.ts";
import { orchestratorServer } from "./orchestrator-server.ts";
import { serveOrchestrator } from "./serve-http.ts";

const WINDOW = { from: "2026-06-19T09:00:00Z", to: "2026-06-19T10:00:00Z" };
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function open(modes = "", config?: string): Promise<{ desk: Desk; client: McpConnection }> {
	const desk = await openTestDesk(modes, config);
	const client = await connectInProcess(() => createServer(orchestratorServer(desk, "1.2.3")));
	ends.push(
		() => desk.investigations.close(),
		() => client.close(),
	);
	return { desk, client };
}

interface Told {
	status: string;
	handle: string;
	report: { id: string; verdict: string; gaps: { source: string }[] };
}

describe("whats_broken", () => {
	it("answers with the five lines, keeps the incident, and tells its progress", async () => {
		const { client, desk } = await open();
		const steps: string[] = [];
		const reply = await client.callTool("whats_broken", WINDOW, { onProgress: (_done, _total, message) => steps.push(message ?? "") });
		const data = reply.data as Told;
		expect(data.status).toBe("done");
		expect(
			reply.text
				.split("\n")
				.slice(0, 5)
				.map((l) => l.split(":")[0]),
		).toEqual(["Status", "Cause", "Impact", "Change", "Next"]);
		expect(estimateTokens(reply.text) + estimateTokens(JSON.stringify(data))).toBeLessThan(10_000);
		expect(reply.links.map((l) => l.uri)).toEqual([`faultline://incidents/${data.handle}`]);
		expect((await desk.store.report(data.handle)).coverage.map((c) => c.status)).toEqual(["ok", "ok"]);
		expect(steps.some((s) => s.startsWith("collecting")) && steps.some((s) => s.startsWith("analysing: kubernetes 3 signals"))).toBe(true);
	});

	it("answers in time whatever the sources do: running, with a handle that get_incident waits for", async () => {
		const desk = await openTestDesk(
			"sentry=hang",
			"sources: {kubernetes: {}, sentry: {organization: a, token: t}}\ncollection: {sourceDeadline: 6s}\n",
		);
		ends.push(() => desk.investigations.close());
		const definition = { ...orchestratorServer(desk, "1"), tools: [whatsBroken(desk, 500), getIncident(desk, 20_000)] };
		const client = await connectInProcess(() => createServer(definition));
		ends.push(() => client.close());
		const first = (await client.callTool("whats_broken", WINDOW)).data as Told;
		expect(first.status).toBe("running");
		// The same question joins the work that runs.
		expect(((await client.callTool("whats_broken", WINDOW)).data as Told).handle).toBe(first.handle);
		const done = (await client.callTool("get_incident", { id: first.handle })).data as Told;
		expect(done).toMatchObject({ status: "done", report: { id: first.handle, gaps: [{ source: "sentry", status: "failed" }] } });
	});

	it.each([
		["a wrong time", { from: "yesterday-ish" }, "BAD_INPUT: from is not a time"],
		["both since and from", { since: "30m", from: "-2h" }, "BAD_INPUT: both since and from are given"],
		["an empty window", { from: WINDOW.to, to: WINDOW.from }, "BAD_INPUT: the window is empty"],
		["an unknown argument", { sinse: "30m" }, "BAD_INPUT: unknown argument"],
	])("tells %s", async (_name, input, message) => {
		const { client } = await open();
		await expect(client.callTool("whats_broken", input)).rejects.toMatchObject({
			message: expect.stringContaining(message.slice("BAD_INPUT: ".length)),
			code: "BAD_INPUT",
		});
	});

	it("says that no source could be read, and why", async () => {
		const { client } = await open("kubernetes=401,sentry=401");
		await expect(client.callTool("whats_broken", WINDOW)).rejects.toMatchObject({
			code: "UNAVAILABLE",
			message: expect.stringContaining("UNAUTHORIZED"),
		});
	});

	it("tells a wrong configuration as its answer, and starts all the same", async () => {
		const { client } = await open("", "sources: {kubernets: {}}");
		await expect(client.callTool("whats_broken", WINDOW)).rejects.toMatchObject({
			code: "BAD_CONFIG",
			message: expect.stringContaining("kubernetes"),
		});
		expect((await client.listTools()).map((t) => t.name)).toEqual([
			"get_incident",
			"list_sources",
			"propose_remediation",
			"search_signals",
			"whats_broken",
		]);
	});
});

describe("get_incident", () => {
	it("gives sections in full, cut at the budget with where to go on", async () => {
		const { client, desk } = await open();
		const timeline = Array.from({ length: 900 }, (_, i) => ({
			time: WINDOW.from,
			resource: "r",
			text: `step ${i} ${"x".repeat(100)}`,
			evidence: [],
		}));
		await desk.store.saveReport(buildReport({ timeline }));
		const seen: unknown[] = [];
		let offset: number | undefined = 0;
		for (let pages = 0; offset !== undefined && pages < 60; pages++) {
			const reply = await client.callTool("get_incident", { id: "inc-1", sections: ["timeline"], offset });
			expect(estimateTokens(reply.text) + estimateTokens(JSON.stringify(reply.data))).toBeLessThan(10_000);
			const { report } = reply.data as { report: { timeline: unknown[]; nextOffset?: { timeline: number } } };
			seen.push(...report.timeline);
			offset = report.nextOffset?.timeline;
		}
		expect(seen).toEqual(timeline);
	});

	it("knows the newest by name, and says what it does not know", async () => {
		const { client, desk } = await open();
		await expect(client.callTool("get_incident", { id: "latest" })).rejects.toMatchObject({ code: "NOT_FOUND" });
		await desk.store.saveReport(buildReport());
		expect(((await client.callTool("get_incident", { id: "latest" })).data as Told).handle).toBe("inc-1");
		await expect(client.callTool("get_incident", { id: "inc-2" })).rejects.toMatchObject({ code: "NOT_FOUND" });
		await expect(client.callTool("get_incident", { id: "../x" })).rejects.toMatchObject({ code: "BAD_INPUT" });
	});
});

describe("search_signals", () => {
	it("searches a live window, filters, and pages through the same evidence", async () => {
		const { client } = await open();
		const found = async (input: object) =>
			(await client.callTool("search_signals", { ...WINDOW, ...input })).data as {
				evidence: string;
				total: number;
				signals: { id: string }[];
				nextCursor?: string;
			};
		const live = await found({ text: "SAYS", limit: 4 });
		expect(live).toMatchObject({ total: 6, signals: expect.arrayContaining([]) });
		expect(live.signals).toHaveLength(4);
		const rest = await found({ text: "SAYS", limit: 4, cursor: live.nextCursor });
		expect([...live.signals, ...rest.signals].map((s) => s.id).sort()).toEqual([
			"kubernetes-0",
			"kubernetes-1",
			"kubernetes-2",
			"sentry-0",
			"sentry-1",
			"sentry-2",
		]);
		expect(rest.nextCursor).toBeUndefined();
		const of = (input: object) => found({ incident: live.evidence, ...input }).then((f) => f.total);
		expect(await of({ text: "sentry says" })).toBe(3);
		expect(await of({ sources: ["sentry"], kinds: ["log"], service: "shop", minSeverity: "error" })).toBe(3);
		expect(await of({ minSeverity: "fatal" })).toBe(0);
		expect(await of({ kinds: ["alert"] })).toBe(0);
		await expect(found({ text: "other", cursor: live.nextCursor })).rejects.toMatchObject({ code: "BAD_INPUT" });
	});
});

describe("list_sources and propose_remediation", () => {
	it("says what each source can reach", async () => {
		const { client } = await open("sentry=401");
		const { data, text } = await client.callTool("list_sources");
		expect((data as { sources: object[] }).sources).toMatchObject([
			{ source: "kubernetes", status: "ok" },
			{ source: "sentry", status: "failed", checks: [{ name: "logs", ok: false, hint: "make a new one" }] },
			{ source: "cloudwatch", status: "not-configured" },
			{ source: "grafana", status: "not-configured" },
		]);
		expect(text).not.toContain("secret-token");
	});

	it("proposes the safest first and executes nothing", async () => {
		const { client, desk } = await open();
		await desk.store.saveReport(buildReport());
		await desk.store.saveReport(buildReport({ id: "inc-2", remediations: [], confidence: "inconclusive" }));
		const { data, text } = await client.callTool("propose_remediation", { incident: "inc-1" });
		expect((data as { proposals: { action: string }[] }).proposals.map((p) => p.action)).toEqual(["rollback", "restart"]);
		expect(text).toContain("nothing was executed");
		expect((await client.callTool("propose_remediation", { incident: "inc-2" })).text).toContain("Look at checkout first");
	});
});

describe("resources and prompts", () => {
	it("lists, reads and completes incidents", async () => {
		const { client, desk } = await open();
		await desk.store.saveReport(buildReport());
		expect((await client.listResources()).map((r) => r.uri)).toEqual(["faultline://incidents/inc-1"]);
		const [read] = await client.readResource("faultline://incidents/inc-1");
		expect(JSON.parse(read?.text ?? "")).toEqual(buildReport());
		await expect(client.readResource("faultline://incidents/inc-9")).rejects.toMatchObject({ code: "NOT_FOUND" });
		expect((await client.listPrompts()).map((p) => p.name)).toEqual(["whats_broken", "incident_review"]);
		expect(await client.getPrompt("whats_broken", { since: "2h" })).toContain('{"since":"2h"}');
		expect(await client.getPrompt("incident_review", { incident: "inc-1" })).toContain('"inc-1"');
	});
});

describe("over HTTP", () => {
	async function serve(modes = "") {
		const desk = await openTestDesk(modes);
		const served = await serveOrchestrator(desk, { host: "127.0.0.1", port: 0, version: "1.2.3" });
		ends.push(
			() => desk.investigations.close(),
			() => served.close(),
		);
		const call = async (path: string, init?: RequestInit) => {
			const response = await fetch(`${served.url}${path}`, init);
			return { status: response.status, body: (await response.json()) as Record<string, unknown> };
		};
		return { desk, url: served.url, call };
	}

	it("serves MCP and REST side by side", async () => {
		const { url, call } = await serve();
		const client = await connectHttp({ url: `${url}/mcp` });
		ends.push(() => client.close());
		expect((await client.listTools()).length).toBe(5);
		expect(await call("/api/v1/health")).toEqual({ status: 200, body: { status: "ok", version: "1.2.3" } });
		const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(WINDOW) };
		const started = await call("/api/v1/incidents", post);
		expect(started).toMatchObject({ status: 202, body: { status: "running", id: expect.any(String) } });
		await expect.poll(async () => (await call(`/api/v1/incidents/${started.body.id}`)).status, { timeout: 20_000 }).toBe(200);
		const report = await call(`/api/v1/incidents/${started.body.id}`);
		expect(report.body).toMatchObject({ schema: "faultline.report/1", id: started.body.id });
		expect(await call("/api/v1/incidents")).toMatchObject({ body: { incidents: [{ id: started.body.id }] } });
	});

	it("keeps what a person says the cause was, and tells it with the incident", async () => {
		const { desk, call, url } = await serve();
		await desk.store.saveReport(buildReport());
		const word = (body: unknown) => ({ method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
		const at = "/api/v1/incidents/inc-1/confirmation";
		expect(await call(at, word({ cause: "payments" }))).toMatchObject({
			status: 200,
			body: { id: "inc-1", confirmed: { cause: "payments" } },
		});
		expect(await call("/api/v1/incidents/inc-1")).toMatchObject({ body: { confirmed: { cause: "payments" } } });
		expect(await call("/api/v1/incidents")).toMatchObject({ body: { incidents: [{ id: "inc-1", confirmed: { cause: "payments" } }] } });
		expect(await call(at, word({ cause: "paymnts" }))).toMatchObject({
			status: 400,
			body: { error: { hint: expect.stringContaining("did you mean payments?") } },
		});
		expect(await call(at, word({ healthy: true, cause: "payments" }))).toMatchObject({ status: 400 });
		const client = await connectHttp({ url: `${url}/mcp` });
		ends.push(() => client.close());
		const told = await client.callTool("get_incident", { id: "inc-1", sections: ["causes"] });
		expect(JSON.stringify(told)).toContain("payments");
		expect((await fetch(`${url}${at}`, { method: "DELETE" })).status).toBe(204);
		expect(await call(at, { method: "DELETE" })).toMatchObject({ status: 404 });
		expect(await desk.relearning.settled()).toBeUndefined();
	});

	it.each([
		["/api/v1/incidents/none", undefined, 404],
		["/api/v1/incidents/..%2f..%2fetc", undefined, 400],
		["/api/v1/incidents?limit=0", undefined, 400],
		["/api/v1/nothing", undefined, 404],
		["/api/v1/incidents", { method: "POST", body: "{", headers: { "content-type": "application/json" } }, 400],
		["/api/v1/incidents", { method: "POST", body: '{"sinse": "1h"}', headers: { "content-type": "application/json" } }, 400],
		["/api/v1/incidents", { method: "POST", body: '{"since": "soon"}', headers: { "content-type": "application/json" } }, 400],
		["/api/v1/incidents", { method: "POST", body: `"${"x".repeat(1_100_000)}"`, headers: { "content-type": "application/json" } }, 413],
		["/api/v1/incidents", { method: "POST", body: "<x/>", headers: { "content-type": "text/xml" } }, 415],
		["/api/v1/health", { headers: { origin: "https://evil.example" } }, 403],
		["/api/v1/incidents", { method: "POST", headers: { origin: "https://evil.example" } }, 403],
	])("refuses what is wrong, saying why: %s (%#)", async (path, init, status) => {
		const { call } = await serve();
		const answer = await call(path, init);
		expect(answer.status).toBe(status);
		expect(answer.body).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
	});

	it("says that a port is taken", async () => {
		const { desk, url } = await serve();
		await expect(serveOrchestrator(desk, { host: "127.0.0.1", port: Number(new URL(url).port), version: "1" })).rejects.toMatchObject({
			code: "BAD_CONFIG",
			message: expect.stringContaining("is in use"),
		});
	});
});
