import type { Analysis, Evidence, RankedCause, WeighedChange } from "@faultline/contracts";

const AT = (minute: number) => `2026-06-19T09:${String(minute).padStart(2, "0")}:00Z`;

export function evidence(over: Partial<Evidence> = {}): Evidence {
	return { source: "grafana", kind: "metric", resource: "orders-db", time: AT(14), text: "connections 100 against 12 before", ...over };
}

export function cause(over: Partial<RankedCause> = {}): RankedCause {
	return {
		resource: "orders-db",
		score: 0.9,
		signals: ["m1", "l1"],
		reason: "its connections ran out before anything that calls it failed",
		kind: "database",
		because: ["connections at the limit", "its callers failed after it"],
		victimOf: null,
		onset: AT(14),
		...over,
	};
}

export function change(over: Partial<WeighedChange> = {}): WeighedChange {
	return {
		id: "deploy-77",
		commitId: "4f2a1c9d0e8b",
		service: "worker",
		title: "Raise the worker pool to 200",
		time: AT(12),
		confidence: "likely",
		reason: "it raises a connection pool, and connections ran out 2 minutes later",
		evidence: ["c1"],
		type: "deploy",
		score: 0.8,
		verdict: "blamed",
		matches: ["pool", "connection"],
		...over,
	};
}

/** An incident: a database out of connections after a deploy of one of its clients. */
export function incident(over: Partial<Analysis> = {}): Analysis {
	return {
		id: "i-1",
		title: "orders are failing",
		window: { from: AT(0), to: AT(30) },
		alertTime: AT(16),
		focus: "checkout",
		verdict: "incident",
		confidence: "likely",
		doubts: ["no trace crosses the database"],
		severity: "high",
		category: "resource_exhaustion",
		mechanism: "connections-exhausted",
		startedAt: AT(14),
		graph: { nodes: [], edges: [] },
		causes: [
			cause(),
			cause({
				resource: "checkout",
				score: 0.4,
				signals: ["l2"],
				kind: "service",
				victimOf: "orders-db",
				reason: "a victim",
				because: [],
				onset: AT(15),
			}),
		],
		change: change(),
		weighedChanges: [
			change(),
			change({
				id: "deploy-78",
				commitId: "99aa88bb77cc",
				service: "web",
				title: "New banner on the home page",
				verdict: "content-cannot",
				evidence: ["c2"],
			}),
		],
		anomalies: [
			{
				resource: "orders-db",
				kind: "metric",
				subject: "connections",
				direction: "up",
				strength: 0.95,
				onset: AT(14),
				recovered: null,
				text: "connections 100 against 12 before",
				votes: ["z-score 41"],
				evidence: ["m1"],
			},
			{
				resource: "checkout",
				kind: "template",
				subject: "connection refused",
				direction: "new",
				strength: 0.8,
				onset: AT(15),
				recovered: null,
				text: "312 lines that never appeared before",
				votes: [],
				evidence: ["l2"],
			},
		],
		clusters: [
			{
				id: "t1",
				template: "FATAL: sorry, too many clients already",
				example: "FATAL: sorry, too many clients already",
				resource: "orders-db",
				count: 312,
				baselineCount: 0,
				severity: 21,
				evidence: ["l1"],
			},
			{
				id: "t2",
				template: "GET <path> took <num> ms",
				example: "GET /cart took 31 ms",
				resource: "checkout",
				count: 40,
				baselineCount: 38,
				severity: 9,
				evidence: ["l2"],
			},
		],
		firstFailing: "orders-db",
		blastRadius: ["checkout", "cart"],
		impact: "",
		propagations: [{ from: "orders-db", to: "checkout", evidence: ["l2"] }],
		timeline: [],
		alerts: [{ alert: "error rate of checkout", time: AT(16), evidence: ["l2"], explainedBy: "orders-db" }],
		ruledOut: [{ hypothesis: "the deploy of web", reason: "its content cannot", evidence: ["c2"] }],
		coverage: [],
		evidence: {
			m1: evidence(),
			l1: evidence({ kind: "log", source: "cloudwatch", text: "FATAL: sorry, too many clients already" }),
			l2: evidence({ kind: "log", source: "kubernetes", resource: "checkout", time: AT(15), text: "connection refused by orders-db:5432" }),
			c1: evidence({
				kind: "change",
				source: "sentry",
				resource: "worker",
				time: AT(12),
				text: "deploy 4f2a1c9 Raise the worker pool to 200",
			}),
			c2: evidence({ kind: "change", source: "sentry", resource: "web", time: AT(13), text: "deploy 99aa88b New banner on the home page" }),
		},
		notes: [],
		...over,
	};
}
