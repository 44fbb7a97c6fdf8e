import Fastify, { type FastifyInstance } from "fastify";
import type { World } from "../world.ts";
import { alertRulesOf, FOLDER, firingAlerts, provisionedRules, rulesReply } from "./alert-rules.ts";
import { annotationsOf, filterAnnotations } from "./annotations.ts";
import { DASHBOARD, dashboardHits, dashboardOf, folderHit } from "./dashboards.ts";
import { answerDataQuery } from "./data-frames.ts";
import { DATASOURCE_UID, DATASOURCES } from "./datasources.ts";
import { createPrometheus, mountPrometheus } from "./prometheus-api.ts";

type Query = Record<string, string | string[] | undefined>;

/** Grafana's HTTP API, reading only, with the capture's metrics behind its one Prometheus data source; and that Prometheus itself at the root, for promtool. */
export function createGrafanaApi(world: World): FastifyInstance {
	const app = Fastify({ bodyLimit: 4 * 1024 * 1024 });
	app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
		done(null, formOf(String(body))),
	);
	const prometheus = createPrometheus(world);
	const rules = alertRulesOf(world);
	const annotations = annotationsOf(world, rules);
	const updated = world.evidence.window.from;

	// A real Grafana answers 401 without a token; /api/health and Prometheus's own API need none.
	app.addHook("onRequest", async (request, reply) => {
		const open = request.url.startsWith("/api/health") || request.url.startsWith("/api/v1/") || request.url.startsWith("/-/");
		const provisioning = request.url.startsWith("/api/v1/provisioning");
		if ((!open || provisioning) && request.headers.authorization === undefined) return reply.code(401).send({ message: "Unauthorized" });
	});
	app.get("/api/health", () => ({ database: "ok", version: "12.0.0", commit: "sandbox" }));
	app.get("/api/datasources", () => DATASOURCES);
	app.get("/api/datasources/uid/:uid", (request, reply) => {
		const found = DATASOURCES.find((d) => d.uid === (request.params as { uid: string }).uid);
		return found ?? reply.code(404).send({ message: "Data source not found" });
	});
	mountPrometheus(app, `/api/datasources/proxy/uid/${DATASOURCE_UID}`, prometheus);
	mountPrometheus(app, "", prometheus);
	app.post("/api/ds/query", (request, reply) => {
		const { status, reply: body } = answerDataQuery(prometheus, request.body);
		return reply.code(status).send(body);
	});
	app.get("/api/annotations", (request) => filterAnnotations(annotations, request.query as Query));
	app.get("/api/annotations/tags", () => {
		const counts = Map.groupBy(
			annotations.flatMap((a) => a.tags),
			(tag) => tag,
		);
		return { result: { tags: [...counts].map(([tag, all]) => ({ tag, count: all.length })) } };
	});
	app.get("/api/prometheus/grafana/api/v1/rules", () => rulesReply(rules, world.now()));
	app.get("/api/v1/provisioning/alert-rules", () => provisionedRules(rules, updated));
	app.get("/api/alertmanager/grafana/api/v2/alerts", () => firingAlerts(rules));
	app.get("/api/alertmanager/grafana/api/v2/silences", () => []);
	app.get("/api/search", (request) => [
		...((request.query as Query).type === "dash-db" ? [] : [folderHit()]),
		...((request.query as Query).type === "dash-folder" ? [] : dashboardHits(request.query as Query)),
	]);
	app.get("/api/dashboards/uid/:uid", (request, reply) =>
		(request.params as { uid: string }).uid === DASHBOARD.uid
			? dashboardOf(world)
			: reply.code(404).send({ message: "Dashboard not found" }),
	);
	app.get("/api/folders", () => [{ id: 1, ...FOLDER }]);
	app.get("/api/org", () => ({ id: 1, name: "Main Org." }));
	app.get("/api/frontend/settings", () => ({
		buildInfo: { version: "12.0.0", edition: "Open Source" },
		defaultDatasource: "Prometheus",
		datasources: { Prometheus: DATASOURCES[0] },
	}));
	return app;
}

/** A form; a field given several times is a list. */
function formOf(body: string): Query {
	const params = new URLSearchParams(body);
	return Object.fromEntries(
		[...new Set(params.keys())].map((key) => [key, params.getAll(key).length > 1 ? params.getAll(key) : (params.get(key) ?? "")]),
	);
}
