import { connectInProcess, openSource } from "@faultline/mcp";
import { plantedSecrets, startUpstream } from "@faultline/mcp/testing";
import { expect, it } from "vitest";
import { source } from "./index.ts";

const WINDOW = { from: "2026-06-19T09:00:00Z", to: "2026-06-19T09:30:00Z" };
const at = "2026-06-19T09:10:00Z";

it("lets none of 200 secrets of 30 kinds out, wherever they were planted", { timeout: 120_000 }, async () => {
	const planted = plantedSecrets();
	expect(planted.length).toBeGreaterThanOrEqual(200);
	const texts = planted.map((p) => p.text);
	const issue = (title: string, i: number) => ({
		id: String(i + 1),
		title,
		culprit: title,
		level: "error",
		count: "1",
		firstSeen: at,
		lastSeen: at,
		project: { id: "1", slug: "web" },
	});
	const event = (text: string, i: number) => ({
		eventID: `e${i}`,
		dateCreated: at,
		message: text,
		context: { note: text, list: [text] },
		tags: [{ key: "user.email", value: text }],
		user: { email: text },
		entries: [
			{
				type: "exception",
				data: {
					values: [
						{ type: "Error", value: text, stacktrace: { frames: [{ filename: "a.ts", function: "f", inApp: true, vars: { text } }] } },
					],
				},
			},
			{ type: "breadcrumbs", data: { values: [{ message: text }] } },
			{ type: "request", data: { cookies: text, data: text } },
		],
	});
	const commit = (text: string, i: number) => ({
		id: `c${i}`,
		message: `${text}\n\n${text}`,
		dateCreated: at,
		repository: { name: "web" },
	});
	const rows = texts.map((text, i) => ({
		id: `r${i}`,
		timestamp: at,
		trace: "0af7651916cd43dd8448eb211c80319c",
		title: text,
		message: text,
		"span.description": text,
		"error.message": text,
		transaction: text,
	}));
	const upstream = await startUpstream((request, response) => {
		const url = new URL(request.url ?? "", "http://sentry");
		const path = url.pathname;
		const answer = () => {
			const [, issueId] = /\/issues\/(\d+)\/events\/$/.exec(path) ?? [];
			if (issueId !== undefined) return [event(texts[Number(issueId) - 1] ?? "", Number(issueId))];
			if (path.endsWith("/issues/")) return texts.map(issue);
			if (/\/issues\/\d+\/$/.test(path)) return issue(texts[0] ?? "", 0);
			if (path.endsWith("/committers/")) return { committers: [{ author: { name: "jo" }, commits: texts.map(commit) }] };
			if (path.endsWith("/releases/"))
				return [{ version: "1", dateCreated: at, dateReleased: at, commitCount: 1, deployCount: 1, projects: [{ id: "1", slug: "web" }] }];
			if (path.endsWith("/commits/")) return texts.map(commit);
			if (path.endsWith("/deploys/")) return texts.map((name, i) => ({ id: i, name, environment: "production", dateFinished: at }));
			if (path.endsWith("/commitfiles/")) return [];
			if (path.endsWith("/events-timeseries/")) return { timeSeries: [] };
			return { data: rows };
		};
		response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer()));
	});
	const servers = openSource(source, { SENTRY_URL: upstream.url, SENTRY_AUTH_TOKEN: "t", SENTRY_ORG: "o" });
	const connection = await connectInProcess(servers.factory);
	try {
		for (const [tool, input] of [
			["list_errors", { limit: 1000, detail: "full" }],
			["list_issues", { limit: 1000, detail: "full" }],
			["get_issue", { issue: "1" }],
			["list_spans", { limit: 1000, detail: "full" }],
			["search_logs", { limit: 1000, detail: "full" }],
			["get_trace", { trace: "0af7651916cd43dd8448eb211c80319c", limit: 1000 }],
			["list_changes", { limit: 1000, detail: "full" }],
			["query_events", { dataset: "errors", fields: ["title", "message"], detail: "full" }],
			["analyze_bursts", { detail: "full" }],
		] as const) {
			const reply = await connection.callTool(tool, { ...WINDOW, ...input });
			const shown = JSON.stringify([reply.text, reply.data]);
			expect(
				planted.filter((p) => shown.includes(p.secret)).map((p) => p.kind),
				tool,
			).toEqual([]);
			expect((reply.data as { redactions: number }).redactions, tool).toBeGreaterThanOrEqual(200);
		}
	} finally {
		await connection.close();
		await servers.close();
		await upstream.close();
	}
});
