import type { Signal } from "@faultline/contracts";
import { connectInProcess, openSource } from "@faultline/mcp";
import { plantedSecrets } from "@faultline/mcp/testing";
import { at, createCloudWatchApi, SAMPLE_WINDOW, sampleEvidence, startApi } from "@faultline/sandbox/testing";
import { expect, it } from "vitest";
import { source } from "./index.ts";

it("lets none of 200 secrets of 30 kinds out, wherever they were planted", { timeout: 120_000 }, async () => {
	const planted = plantedSecrets();
	expect(planted.length).toBeGreaterThanOrEqual(200);
	expect(new Set(planted.map((p) => p.kind)).size).toBeGreaterThanOrEqual(30);
	const texts = planted.map((p) => p.text);
	const signal = (kind: Signal["kind"], body: string, i: number, more: Partial<Signal> = {}): Signal => ({
		id: `${kind}${i}`,
		source: "capture",
		kind,
		time: at(1 + i / 20),
		severity: 17,
		service: "web",
		resource: "web",
		body,
		attributes: {},
		count: 1,
		redactions: 0,
		...more,
	});
	const signals = texts.flatMap((text, i) => [
		signal("log", text, i),
		signal("log", JSON.stringify({ level: "error", message: text, context: { text } }), i + texts.length, { time: at(2 + i / 20) }),
		signal("log", JSON.stringify({ note: "no message", text }), i + 2 * texts.length, { time: at(3 + i / 20) }),
		signal("alert", text, i, { alert: { name: `a${i}`, summary: text, description: text, state: "firing" } }),
		signal("change", text, i, {
			attributes: { eventSource: "rds.amazonaws.com", eventName: "ModifyDBInstance", parameters: { note: text } },
			change: { type: "config", id: `c${i}`, title: text, author: text },
		}),
		signal("event", text, i, {
			event: { type: "x", reason: text, reporter: "aws.rds", object: { kind: "db", name: "web-db" } } as Signal["event"],
		}),
	]);
	const api = await startApi(createCloudWatchApi, { ...sampleEvidence(), signals });
	const servers = openSource(source, {
		AWS_REGION: "eu-west-1",
		AWS_ACCESS_KEY_ID: "x",
		AWS_SECRET_ACCESS_KEY: "y",
		AWS_ENDPOINT_URL: api.url,
	});
	const connection = await connectInProcess(servers.factory);
	try {
		for (const [tool, input, least] of [
			["search_logs", { engine: "filter" }, 600],
			["search_logs", { engine: "insights" }, 600],
			["query_logs", { query: "fields @timestamp, @message" }, 1],
			["analyze_logs", {}, 1],
			["list_alarms", {}, 200],
			["list_changes", {}, 1],
		] as const) {
			const limit = tool === "query_logs" || tool === "analyze_logs" ? {} : { limit: 1000, detail: "full" };
			const reply = await connection.callTool(tool, { ...SAMPLE_WINDOW, ...limit, ...input });
			const shown = JSON.stringify([reply.text, reply.data]);
			expect(
				planted.filter((p) => shown.includes(p.secret)).map((p) => `${tool}: ${p.kind}`),
				tool,
			).toEqual([]);
			expect((reply.data as { redactions: number }).redactions, JSON.stringify([tool, input])).toBeGreaterThanOrEqual(least);
		}
	} finally {
		await connection.close();
		await servers.close();
		await api.close();
	}
});
