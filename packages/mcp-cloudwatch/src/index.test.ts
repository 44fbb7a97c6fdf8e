import { EvidencePage, type EvidenceSet, type Signal } from "@faultline/contracts";
import { connectInProcess, type McpConnection, openSource } from "@faultline/mcp";
import { describeSource, startUpstream } from "@faultline/mcp/testing";
import { at, createCloudWatchApi, SAMPLE_WINDOW, sampleEvidence, series, startApi } from "@faultline/sandbox/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { source } from "./index.ts";

const SECRET = "secret-of-the-reader-4711";
const env = (url: string) => ({
	AWS_REGION: "eu-west-1",
	AWS_ENDPOINT_URL: url,
	AWS_ACCESS_KEY_ID: "AKIDREADER",
	AWS_SECRET_ACCESS_KEY: SECRET,
});

describeSource({
	source,
	module: new URL("./index.ts", import.meta.url),
	env,
	secrets: [SECRET, "AKIDREADER"],
	tokens: 3_276,
	badEnv: {
		env: { AWS_ENDPOINT_URL: "cloudwatch", AWS_ACCESS_KEY_ID: "x", FAULTLINE_CLOUDWATCH_QUOTA_SHARE: "7" },
		mentions: ["AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY", "FAULTLINE_CLOUDWATCH_QUOTA_SHARE"],
	},
});

/** Calls a tool page by page, as the pipeline does. */
async function readAll(connection: McpConnection, tool: string, input: Record<string, unknown>) {
	const pages: EvidencePage[] = [];
	let cursor: string | undefined;
	do {
		const page = EvidencePage.parse((await connection.callTool(tool, { ...input, ...(cursor ? { cursor } : {}) })).data);
		pages.push(page);
		cursor = page.nextCursor;
	} while (cursor !== undefined && pages.length < 100);
	return { pages, signals: pages.flatMap((p) => p.signals), series: pages.flatMap((p) => p.series), coverage: pages.at(-1)?.coverage };
}

async function connectTo(url: string, more: Record<string, string> = {}) {
	const servers = openSource(source, { ...env(url), ...more });
	const connection = await connectInProcess(servers.factory);
	return {
		connection,
		close: async () => {
			await connection.close();
			await servers.close();
		},
	};
}

/** Over the sandbox with some evidence, for one test. */
async function over(evidence: EvidenceSet, more: Record<string, string> = {}) {
	const api = await startApi(createCloudWatchApi, evidence);
	const connected = await connectTo(api.url, more);
	return {
		api,
		connection: connected.connection,
		async [Symbol.asyncDispose]() {
			await connected.close();
			await api.close();
		},
	};
}

describe("cloudwatch over the sandbox", () => {
	let cloudwatch: Awaited<ReturnType<typeof over>>;
	let connection: McpConnection;
	beforeAll(async () => {
		cloudwatch = await over(sampleEvidence());
		connection = cloudwatch.connection;
	});
	afterAll(async () => await cloudwatch[Symbol.asyncDispose]());

	it("brings log records back with body, level, service, pod and trace", async () => {
		const { signals, coverage } = await readAll(connection, "search_logs", SAMPLE_WINDOW);
		const originals = sampleEvidence().signals.filter((s) => s.kind === "log" && s.service === "orders");
		const found = signals.filter((s) => s.service === "orders");
		const shape = (s: Signal) => ({
			time: s.time,
			body: s.body,
			severity: s.severity,
			resource: s.resource,
			traceId: s.traceId,
			attributes: s.attributes,
		});
		expect(found.map(shape)).toEqual(originals.map(shape));
		expect(coverage).toEqual({ source: "cloudwatch", status: "ok", ...SAMPLE_WINDOW, truncated: false });
		expect(found[0]?.url).toContain(
			"https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Fservices$252Forders/log-events/",
		);
	});

	it("reads levels out of text, keeps JSON that has no message whole, and hides secrets", async () => {
		const { signals, pages } = await readAll(connection, "search_logs", { ...SAMPLE_WINDOW, groups: ["/services/stock"] });
		expect(signals).toHaveLength(31);
		expect(signals.find((s) => s.body.startsWith("WARN"))).toMatchObject({ severity: 13, resource: "stock", service: "stock" });
		expect(signals.find((s) => s.body.includes("pool exhausted"))?.body).toBe('{"event":"pool exhausted","size":10}');
		expect(signals.find((s) => s.body.includes("connecting"))).toMatchObject({
			redactions: 1,
			body: expect.not.stringContaining("hunter2"),
		});
		expect(pages[0]?.redactions).toBe(1);
	});

	it("brings events of other services back as events", async () => {
		const { signals } = await readAll(connection, "search_logs", { ...SAMPLE_WINDOW, groups: ["/aws/events/"] });
		expect(signals).toHaveLength(1);
		expect(signals[0]).toMatchObject({
			kind: "event",
			time: at(21),
			resource: "stock-db",
			body: "Maximum connections reached",
			event: { reporter: "aws.rds", reason: "availability", object: { kind: "db-instance", name: "stock-db" } },
		});
	});

	it("pages logs to the end, whatever the page, and filters at the source", async () => {
		const { signals, pages } = await readAll(connection, "search_logs", { ...SAMPLE_WINDOW, limit: 13 });
		expect([signals.length, new Set(signals.map((s) => s.id)).size]).toEqual([92, 92]);
		expect(pages.every((p) => p.signals.length <= 13)).toBe(true);
		expect((await readAll(connection, "search_logs", { ...SAMPLE_WINDOW, pattern: '"connection refused"' })).signals).toHaveLength(20);
	});

	it("keeps to the window, whose end is exclusive", async () => {
		const { signals } = await readAll(connection, "search_logs", { from: at(10), to: at(11), groups: ["/services/orders"] });
		expect(signals.map((s) => s.time)).toEqual([at(10), at(10.5)]);
	});

	it("brings metrics back with resource, service and unit", async () => {
		const { series: found } = await readAll(connection, "query_metrics", SAMPLE_WINDOW);
		for (const original of sampleEvidence().series) {
			expect(found.find((s) => s.metric === original.metric)).toMatchObject({
				source: "cloudwatch",
				resource: original.resource,
				times: Array.from(original.times),
				values: Array.from(original.values),
			});
		}
		expect(found.find((s) => s.metric === "cpu_usage")).toMatchObject({ service: "orders", unit: "%" });
		expect(found.find((s) => s.metric === "Database Connections")).toMatchObject({
			unit: "count",
			url: expect.stringContaining("metricsV2:graph="),
		});
		expect(found).toHaveLength(4);
	});

	it("pages metrics to the end, by name, namespace and statistic", async () => {
		const { series: found, pages } = await readAll(connection, "query_metrics", { ...SAMPLE_WINDOW, limit: 1 });
		expect([pages.length, new Set(found.map((s) => s.id)).size]).toEqual([4, 4]);
		expect((await readAll(connection, "query_metrics", { ...SAMPLE_WINDOW, metric: "cpu_usage", statistic: "p99" })).series).toHaveLength(
			1,
		);
		expect((await readAll(connection, "query_metrics", { ...SAMPLE_WINDOW, namespace: "AWS/EC2" })).series).toEqual([]);
	});

	it("brings alarms back with what they say", async () => {
		const { signals } = await readAll(connection, "list_alarms", SAMPLE_WINDOW);
		expect(signals).toHaveLength(1);
		expect(signals[0]).toMatchObject({
			kind: "alert",
			time: at(22),
			service: "orders",
			resource: "orders",
			severity: 21,
			body: "orders fail",
			url: expect.stringContaining("alarmsV2:alarm/OrdersFailing"),
		});
		expect(signals[0]?.alert).toEqual({
			name: "OrdersFailing",
			metric: "error.ratio",
			threshold: 0.05,
			value: 0.4,
			summary: "orders fail",
			description: "More than 5 % of orders fail.",
			state: "ALARM",
		});
		expect((await readAll(connection, "list_alarms", { from: at(25), to: at(30) })).signals.map((s) => s.time)).toEqual([at(22)]);
		expect((await readAll(connection, "list_alarms", { from: at(1), to: at(5) })).signals).toEqual([]);
	});

	it("says so where nothing is found", async () => {
		const reply = await connection.callTool("search_logs", { ...SAMPLE_WINDOW, pattern: "absent" });
		expect(EvidencePage.parse(reply.data)).toMatchObject({ signals: [], coverage: { status: "ok" } });
		expect(reply.text).toContain("No event in 3 log groups");
		expect((await connection.callTool("search_logs", { ...SAMPLE_WINDOW, groups: ["/nowhere"] })).text).toContain("there are 3");
	});

	it("tells a wrong pattern as the caller's to mend, and checks its access", async () => {
		await expect(connection.callTool("search_logs", { ...SAMPLE_WINDOW, pattern: "%(%" })).rejects.toMatchObject({ code: "BAD_INPUT" });
		expect((await connection.callTool("check_access")).data).toMatchObject({
			ok: true,
			checks: [
				{ name: "logs", detail: "3 log groups" },
				{ name: "insights", detail: "queries can be run" },
				{ name: "metrics", detail: "4 metrics" },
				{ name: "alarms", detail: "1 alarms" },
				{ name: "changes", detail: expect.stringContaining("CloudTrail can be read") },
			],
		});
	});
});

describe("cloudwatch with limits", () => {
	it("reads only the log groups and namespaces that are configured", async () => {
		await using only = await over(sampleEvidence(), {
			FAULTLINE_CLOUDWATCH_LOG_GROUPS: "/services/st",
			FAULTLINE_CLOUDWATCH_NAMESPACES: "AWS/RDS",
		});
		const { signals } = await readAll(only.connection, "search_logs", SAMPLE_WINDOW);
		expect(new Set(signals.map((s) => s.service))).toEqual(new Set(["stock"]));
		expect((await readAll(only.connection, "query_metrics", SAMPLE_WINDOW)).series).toEqual([]);
		expect((await readAll(only.connection, "query_metrics", { ...SAMPLE_WINDOW, namespace: "Capture/sample" })).series).toEqual([]);
	});

	it("goes on past pages that AWS answers empty", async () => {
		const log = (i: number): Signal => ({
			id: `l${i}`,
			source: "capture",
			kind: "log",
			time: at(1 + i / 10_000),
			severity: 0,
			service: "web",
			resource: "web",
			body: i === 24_999 ? "the needle" : "hay",
			attributes: {},
			count: 1,
			redactions: 0,
		});
		await using much = await over({ ...sampleEvidence(), signals: Array.from({ length: 25_000 }, (_, i) => log(i)) });
		const { signals } = await readAll(much.connection, "search_logs", { ...SAMPLE_WINDOW, pattern: "needle" });
		expect(signals.map((s) => s.body)).toEqual(["the needle"]);
	});

	it("reads more metrics than one call takes", async () => {
		const many = Array.from({ length: 1_203 }, (_, i) => series(`host-${i}`, "load", "", (m) => m));
		await using much = await over({ ...sampleEvidence(), series: many });
		const { series: found, pages } = await readAll(much.connection, "query_metrics", { ...SAMPLE_WINDOW, limit: 1_000 });
		expect([pages.length, found.length, new Set(found.map((s) => s.resource)).size]).toEqual([2, 1_203, 1_203]);
		expect(found.every((s) => s.times.length === 30)).toBe(true);
	});

	it("keeps to its share of the quotas", async () => {
		const groups = Array.from(
			{ length: 4 },
			(_, i): Signal => ({
				id: `g${i}`,
				source: "capture",
				kind: "log",
				time: at(1),
				severity: 0,
				service: `s${i}`,
				resource: `s${i}`,
				body: "x",
				attributes: {},
				count: 1,
				redactions: 0,
			}),
		);
		await using slow = await over({ ...sampleEvidence(), signals: groups, series: [] }, { FAULTLINE_CLOUDWATCH_QUOTA_SHARE: "1" });
		const started = performance.now();
		await readAll(slow.connection, "search_logs", SAMPLE_WINDOW);
		await readAll(slow.connection, "search_logs", SAMPLE_WINDOW);
		// Eight calls against five per second with a bucket of five: at least three had to wait, 200 ms each.
		expect(performance.now() - started).toBeGreaterThan(550);
	});
});

describe("cloudwatch that breaks in between", () => {
	it.each([
		["refuse", "UNAVAILABLE"],
		["401", "UNAUTHORIZED"],
		["garbage", "BAD_RESPONSE"],
	] as const)("%s is %s, and the cursor works again afterwards", async (mode, code) => {
		await using broken = await over(sampleEvidence());
		const first = EvidencePage.parse((await broken.connection.callTool("search_logs", { ...SAMPLE_WINDOW, limit: 10 })).data);
		await broken.api.fail(mode);
		const next = { ...SAMPLE_WINDOW, limit: 10, cursor: first.nextCursor };
		await expect(broken.connection.callTool("search_logs", next)).rejects.toMatchObject({ code });
		await broken.api.fail("ok");
		expect(EvidencePage.parse((await broken.connection.callTool("search_logs", next)).data).signals).toHaveLength(10);
	});

	it.each([
		["AccessDeniedException", "FORBIDDEN"],
		["ThrottlingException", "RATE_LIMITED"],
		["ExpiredTokenException", "UNAUTHORIZED"],
		["UnrecognizedClientException", "UNAUTHORIZED"],
		["ServiceUnavailableException", "UNAVAILABLE"],
	])("%s of AWS, which comes as HTTP 400, is %s", async (type, code) => {
		const upstream = await startUpstream((request, response) => {
			request.resume();
			response
				.writeHead(400, { "content-type": "application/x-amz-json-1.1" })
				.end(JSON.stringify({ __type: type, message: "arn:aws:iam::1:user/x may not" }));
		});
		const { connection, close } = await connectTo(upstream.url);
		await expect(connection.callTool("search_logs", SAMPLE_WINDOW)).rejects.toMatchObject({
			code,
			message: expect.not.stringContaining("arn:aws"),
		});
		await close();
		await upstream.close();
	});

	it("tells one log group that may not be read, and reads the others", async () => {
		await using whole = await over(sampleEvidence());
		const upstream = await startUpstream((request, response) => {
			const chunks: Buffer[] = [];
			request.on("data", (chunk) => chunks.push(chunk));
			request.on("end", async () => {
				const body = Buffer.concat(chunks).toString();
				if (body.includes("/services/orders")) return response.writeHead(400).end('{"__type":"AccessDeniedException"}');
				const answer = await fetch(whole.api.url, {
					method: "POST",
					body,
					headers: {
						"x-amz-target": String(request.headers["x-amz-target"]),
						authorization: "x",
						"content-type": "application/x-amz-json-1.1",
					},
				});
				return response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" }).end(await answer.text());
			});
		});
		const { connection, close } = await connectTo(upstream.url);
		const { signals, coverage } = await readAll(connection, "search_logs", SAMPLE_WINDOW);
		expect(signals).toHaveLength(32);
		expect(coverage).toMatchObject({ status: "partial", skipped: ["log group /services/orders: FORBIDDEN"] });
		await close();
		await upstream.close();
	});
});
