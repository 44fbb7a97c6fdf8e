import { EvidencePage } from "@faultline/contracts";
import { connectInProcess, openSource } from "@faultline/mcp";
import { startUpstream } from "@faultline/mcp/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { source } from "./index.ts";

const FROM = Date.parse("2026-06-19T09:00:00Z");
const TO = FROM + 600_000;
const WINDOW = { from: new Date(FROM).toISOString(), to: new Date(TO).toISOString() };

interface Asked {
	path: string;
	body: { from?: string; to?: string; queries?: Record<string, unknown>[] };
}
type Answer = (asked: Asked) => unknown;

/** A Grafana with these data sources; `query` answers POST /api/ds/query, `other` the rest. */
async function grafana(datasources: object[], query: Answer, other: Answer = () => undefined) {
	const asked: Asked[] = [];
	const upstream = await startUpstream((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (c) => chunks.push(c));
		request.on("end", () => {
			const body = chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Asked["body"]);
			const call: Asked = { path: request.url ?? "", body };
			asked.push(call);
			const value = call.path === "/api/datasources" ? datasources : call.path === "/api/ds/query" ? query(call) : other(call);
			response.writeHead(value === undefined ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(value ?? {}));
		});
	});
	const servers = openSource(source, { GRAFANA_URL: upstream.url, GRAFANA_SERVICE_ACCOUNT_TOKEN: "reader" });
	const connection = await connectInProcess(servers.factory);
	const page = async (args: object) => EvidencePage.parse((await connection.callTool("search_logs", { ...WINDOW, ...args })).data);
	return {
		asked,
		connection,
		page,
		/** Every page of a search, in pages of `limit`. */
		async all(args: object) {
			const pages: EvidencePage[] = [];
			do pages.push(await page({ ...args, cursor: pages.at(-1)?.nextCursor }));
			while (pages.at(-1)?.nextCursor !== undefined);
			return pages.flatMap((p) => p.signals);
		},
		async [Symbol.asyncDispose]() {
			await connection.close();
			await servers.close();
			await upstream.close();
		},
	};
}

interface Doc {
	at: number;
	message: string;
	nanos?: number;
	fields?: Record<string, unknown>;
}

/** Elasticsearch as Grafana's plugin answers a logs query: a frame of every field, in the order asked for, or always newest first. */
function elastic(docs: readonly Doc[], newestFirst = false): Answer {
	return ({ body }) => {
		const metrics = body.queries?.[0]?.metrics as { settings: { limit: string; sortDirection?: string } }[] | undefined;
		const metric = metrics?.[0]?.settings;
		const sign = newestFirst || metric?.sortDirection !== "asc" ? -1 : 1;
		const rows = docs
			.map((doc, id) => ({ ...doc, id }))
			.filter(({ at }) => at >= Number(body.from) && at <= Number(body.to))
			.sort((a, b) => sign * (a.at - b.at || (a.nanos ?? 0) - (b.nanos ?? 0) || a.id - b.id))
			.slice(0, Number(metric?.limit));
		const names = [...new Set(rows.flatMap((r) => Object.keys(r.fields ?? {})))].sort();
		const column = (pick: (row: (typeof rows)[number]) => unknown) => rows.map(pick);
		const frame = {
			schema: {
				fields: [
					{ name: "@timestamp", type: "time" },
					{ name: "message", type: "string" },
					{ name: "_id", type: "string" },
					{ name: "_source", type: "other" },
					{ name: "sort", type: "other" },
					...names.map((name) => ({ name, type: "string" })),
				],
				meta: { preferredVisualisationType: "logs" },
			},
			data: {
				values: [
					column((r) => r.at),
					column((r) => r.message),
					column((r) => `doc${r.id}`),
					column((r) => ({ message: r.message, ...r.fields })),
					column((r) => [r.at, r.id]),
					...names.map((name) => column((r) => r.fields?.[name] ?? null)),
				],
				nanos: [column((r) => r.nanos ?? 0), null, null, null, null],
			},
		};
		return { results: { A: { status: 200, frames: [frame] } } };
	};
}

const ELASTIC = { uid: "es", name: "Shop logs", type: "elasticsearch" };

describe("logs of Elasticsearch", () => {
	it("are the same record as Loki's: level, service, pod, trace, nanoseconds, an Explore link, secrets taken out", async () => {
		await using api = await grafana(
			[ELASTIC],
			elastic([
				{
					at: FROM + 5,
					nanos: 123_456,
					message: "cannot pay: password=hunter2butlonger",
					fields: {
						"log.level": "error",
						"service.name": "pay",
						"kubernetes.pod.name": "pay-7d9c-x1",
						"trace.id": "4bf92f3577b34da6a3ce929d0e0e4736",
						"host.name": "node-1",
					},
				},
			]),
		);
		const { signals, redactions } = await api.page({});
		expect(signals).toEqual([
			expect.objectContaining({
				kind: "log",
				time: "2026-06-19T09:00:00.005123456Z",
				severity: 17,
				service: "pay",
				resource: "pay-7d9c-x1",
				traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
				body: "cannot pay: password=[redacted:secret]",
			}),
		]);
		expect(redactions).toBeGreaterThan(0);
		const panes = JSON.parse(new URL(signals[0]?.url ?? "").searchParams.get("panes") ?? "{}") as { a: { datasource: string } };
		expect(panes.a.datasource).toBe("es");
		expect(JSON.stringify(signals)).not.toContain("hunter2");
		// Lucene goes to Elasticsearch as it is, and the end of the window is not part of it
		await api.page({ query: "message:pay AND level:error" });
		expect(api.asked.at(-1)?.body).toMatchObject({
			from: String(FROM),
			to: String(TO - 1),
			queries: [{ query: "message:pay AND level:error" }],
		});
	});

	it.each([
		["in the order asked for", false],
		["newest first, whatever is asked", true],
	])("come once each in pages of any size, at both ends of the window, from one that answers %s", async (_name, newestFirst) => {
		const moment = fc.oneof(
			fc.integer({ min: FROM - 3, max: FROM + 3 }),
			fc.integer({ min: TO - 3, max: TO + 3 }),
			fc.constant(FROM + 60_000),
		);
		const moments = fc.array(moment, { maxLength: 150 });
		await fc.assert(
			fc.asyncProperty(moments, fc.integer({ min: 1, max: 70 }), async (drawn, limit) => {
				const list = drawn.map((at, i): Doc => ({ at, message: `line ${i}` }));
				await using api = await grafana([ELASTIC], elastic(list, newestFirst));
				const told = await api.all({ limit });
				const inside = list.filter(({ at }) => at >= FROM && at < TO);
				expect(told.map((s) => s.body).sort()).toEqual(inside.map((d) => d.message).sort());
				expect(new Set(told.map((s) => s.id)).size).toBe(told.length);
				const times = told.map((s) => Date.parse(s.time));
				expect(times).toEqual(times.toSorted((a, b) => a - b));
			}),
			{ numRuns: 25 },
		);
	});

	it("stand beside Loki's: without a query all are read, and a stream selector is asked of Loki alone", async () => {
		const loki: Answer = ({ path }) => {
			if (path.includes("/labels")) return { status: "success", data: ["app"] };
			if (path.includes("/index/stats")) return { streams: 1, chunks: 1, bytes: 10, entries: 1 };
			return {
				status: "success",
				data: { resultType: "streams", result: [{ stream: { app: "web" }, values: [[`${FROM}000001`, "hello"]] }] },
			};
		};
		await using api = await grafana(
			[{ uid: "loki", name: "Loki", type: "loki" }, ELASTIC],
			elastic([{ at: FROM + 1, message: "from es" }]),
			loki,
		);
		expect((await api.all({ limit: 1 })).map((s) => s.body).sort()).toEqual(["from es", "hello"]);
		expect((await api.page({ query: '{app="web"}' })).signals.map((s) => s.body)).toEqual(["hello"]);
		expect((await api.page({ query: "message:x" })).signals.map((s) => s.body)).toEqual(["from es"]);
	});

	it("that cannot be read leave the others", async () => {
		const broken: Answer = () => ({ results: { A: { status: 400, error: "no such index [secret-index]", frames: [] } } });
		await using api = await grafana([ELASTIC], broken);
		const { coverage } = await api.page({});
		expect(coverage).toMatchObject({ status: "failed", skipped: [expect.stringContaining("data source es: BAD_INPUT")] });
		expect(JSON.stringify(coverage)).not.toContain("secret-index");
	});
});

const CLOUDWATCH = {
	uid: "cw",
	name: "AWS",
	type: "cloudwatch",
	jsonData: { defaultLogGroups: ["/ecs/shop"], defaultRegion: "eu-west-1" },
};

/** CloudWatch as Grafana's plugin answers: a query is started, runs for a while, and is done; whole seconds only. */
function insights(rows: readonly Doc[], stages = ["Running", "Complete"]) {
	const stopped: unknown[] = [];
	const running: { text: string; left: string[]; from: number; to: number }[] = [];
	const answer: Answer = ({ body }) => {
		const query = body.queries?.[0] ?? {};
		const frame = (fields: object[], values: unknown[][], meta?: object) => ({
			results: { A: { frames: [{ schema: { fields, meta }, data: { values } }] } },
		});
		if (query.subtype === "StartQuery") {
			const second = (ms: number, how: (n: number) => number) => how(ms / 1000) * 1000;
			const at = { from: second(Number(body.from), Math.floor), to: second(Number(body.to), Math.ceil) };
			running.push({ text: String(query.queryString), left: [...stages], ...at });
			return frame([{ name: "queryId", type: "string" }], [[String(running.length - 1)]]);
		}
		const run = running[Number(query.queryId)];
		if (query.subtype === "StopQuery") {
			stopped.push(query.queryId);
			return frame([{ name: "success", type: "boolean" }], [[true]]);
		}
		const status = (run?.left.length ?? 0) > 1 ? run?.left.shift() : run?.left[0];
		const limit = Number(/limit (\d+)/.exec(run?.text ?? "")?.[1]);
		const found = rows.filter(({ at }) => at >= (run?.from ?? 0) && at <= (run?.to ?? 0)).sort((a, b) => a.at - b.at);
		const shown = status === "Complete" ? found.slice(0, limit) : [];
		const fields = [
			{ name: "@timestamp", type: "time" },
			{ name: "__log__grafana_internal__", type: "string" },
			{ name: "__logstream__grafana_internal__", type: "string" },
			{ name: "@message", type: "string" },
		];
		const values = [shown.map((r) => r.at), shown.map(() => "1:/ecs/shop"), shown.map(() => "web/1"), shown.map((r) => r.message)];
		return frame(fields, values, { custom: { Status: status } });
	};
	return { answer, stopped, running };
}

describe("logs of CloudWatch through Grafana", () => {
	it("are read where the data source is named, by one Insights query, as the same record", async () => {
		const upstream = insights([{ at: FROM + 1_500, message: '{"level":"error","service":"pay","message":"card refused"}' }]);
		await using api = await grafana([CLOUDWATCH], upstream.answer);
		expect((await api.page({})).coverage.reason).toBe("no data source of logs");
		expect(upstream.running).toEqual([]);
		const { signals } = await api.page({ datasource: "cw", query: "filter @message like /refused/" });
		expect(signals).toEqual([
			expect.objectContaining({ severity: 17, service: "pay", body: "card refused", time: "2026-06-19T09:00:01.500000000Z" }),
		]);
		expect(upstream.running[0]?.text).toMatch(/^fields @message \| filter @message like \/refused\/ \| sort @timestamp asc \| limit \d+$/);
		expect(api.asked.find((a) => a.body.queries?.[0]?.subtype === "StartQuery")?.body.queries?.[0]).toMatchObject({
			logGroupNames: ["/ecs/shop"],
			region: "eu-west-1",
		});
		expect(upstream.stopped).toEqual([]);
	});

	it("come once each in pages of any size, cut to the millisecond although AWS takes whole seconds", async () => {
		const rows = Array.from({ length: 130 }, (_, i): Doc => ({ at: FROM - 300 + i * 10, message: `line ${i}` }));
		await using api = await grafana([CLOUDWATCH], insights(rows, ["Complete"]).answer);
		for (const limit of [1, 7, 100]) {
			const window = { from: new Date(FROM + 105).toISOString(), to: new Date(FROM + 605).toISOString() };
			const told = await api.all({ datasource: "cw", limit, ...window });
			expect(told.map((s) => Date.parse(s.time) - FROM)).toEqual(Array.from({ length: 50 }, (_, i) => 110 + i * 10));
		}
	});

	it("are stopped at AWS when the caller leaves, are an error where AWS fails, and need log groups", async () => {
		const endless = insights([], ["Running"]);
		await using api = await grafana([CLOUDWATCH], endless.answer);
		const stop = new AbortController();
		const call = api.connection.callTool("search_logs", { ...WINDOW, datasource: "cw" }, { signal: stop.signal });
		await expect.poll(() => endless.running.length).toBe(1);
		stop.abort();
		await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
		await expect.poll(() => endless.stopped).toEqual(["0"]);

		await using failing = await grafana([CLOUDWATCH], insights([], ["Failed"]).answer);
		expect((await failing.page({ datasource: "cw" })).coverage).toMatchObject({
			status: "failed",
			skipped: [expect.stringContaining("Failed")],
		});
		await expect(failing.page({ datasource: "cw", query: "filter x | stats count()" })).rejects.toMatchObject({ code: "BAD_INPUT" });
		await using bare = await grafana([{ ...CLOUDWATCH, jsonData: {} }], insights([]).answer);
		await expect(bare.page({ datasource: "cw", query: "filter x" })).rejects.toThrow(/no default log groups/);
	});
});

describe("alerts whose history is kept in Loki", () => {
	const RULE = { uid: "r1", name: "Slow checkout", state: "inactive", labels: { severity: "critical" }, alerts: [] };
	const rules = { status: "success", data: { groups: [{ name: "g", rules: [RULE] }] } };
	/** As Grafana answers GET /api/v1/rules/history: the newest of a window, at most `most`. */
	const history =
		(times: readonly number[], most = 5_000): Answer =>
		({ path }) => {
			if (path.startsWith("/api/prometheus")) return rules;
			if (path.startsWith("/api/annotations")) return [];
			if (!path.startsWith("/api/v1/rules/history")) return undefined;
			const query = new URL(path, "http://grafana").searchParams;
			const [from, to] = [Number(query.get("from")) * 1000, Number(query.get("to")) * 1000];
			const rows = times.filter((t) => t >= from && t < to).slice(-most);
			const line = (t: number) => ({
				schemaVersion: 1,
				previous: "Pending",
				current: t % 2 === 0 ? "Alerting" : "Normal (MissingSeries)",
				values: { B: 7.5 },
				fingerprint: `f${t}`,
				labels: { alertname: "Slow checkout", service: "checkout", n: `${t}` },
			});
			const fields = ["time", "line", "labels"].map((name) => ({ name }));
			return { schema: { name: "states", fields }, data: { values: [rows, rows.map(line), rows.map(() => ({ ruleUID: "r1" }))] } };
		};
	const alerts = async (api: Awaited<ReturnType<typeof grafana>>, limit: number) => {
		const told: EvidencePage["signals"] = [];
		let cursor: string | undefined;
		do {
			const page = EvidencePage.parse((await api.connection.callTool("list_alerts", { ...WINDOW, limit, cursor })).data);
			told.push(...page.signals);
			cursor = page.nextCursor;
		} while (cursor !== undefined);
		return told;
	};

	it("come with rule, labels, value and state", async () => {
		await using api = await grafana([], () => undefined, history([FROM + 1, FROM + 60_000]));
		expect(await alerts(api, 10)).toEqual([
			expect.objectContaining({
				kind: "alert",
				time: "2026-06-19T09:01:00.000Z",
				severity: 21,
				service: "checkout",
				alert: expect.objectContaining({ name: "Slow checkout", state: "Alerting", value: 7.5 }),
				url: expect.stringContaining("/alerting/grafana/r1/view"),
			}),
			expect.objectContaining({ time: "2026-06-19T09:00:00.001Z", alert: expect.objectContaining({ state: "Normal" }) }),
		]);
	});

	it("come once each in pages of any size, newest first, also where Grafana cuts its answer", async () => {
		const times = Array.from({ length: 2_300 }, (_, i) => FROM - 500 + i * 261).filter((t) => t < TO + 500);
		const inside = times.filter((t) => t >= FROM && t < TO).reverse();
		for (const [limit, most] of [
			[100, 5_000],
			[90, 1_000],
		] as const) {
			await using api = await grafana([], () => undefined, history(times, most));
			expect((await alerts(api, limit)).map((s) => Date.parse(s.time))).toEqual(inside);
		}
	});

	it("are not asked for again where Grafana keeps none there, and names that hold secrets are redacted", async () => {
		const text = "Login token=ghp_0123456789abcdefghijABCDEFGHIJ0123456 {service=web} - Alerting";
		const noted = [{ id: 4, alertId: 2, newState: "Alerting", prevState: "Normal", time: FROM + 10, text }];
		let annotations: unknown[] = [];
		const other: Answer = ({ path }) =>
			path.startsWith("/api/prometheus") ? rules : path.startsWith("/api/annotations") ? annotations : undefined;
		await using api = await grafana([], () => undefined, other);
		expect(await alerts(api, 10)).toEqual([]);
		expect(await alerts(api, 10)).toEqual([]);
		expect(api.asked.filter((a) => a.path.startsWith("/api/v1/rules/history"))).toHaveLength(1);
		annotations = noted;
		const [signal] = await alerts(api, 10);
		expect(signal?.alert?.name).toBe("Login token=[redacted:token]");
		expect(JSON.stringify(signal)).not.toContain("ghp_");
	});
});
