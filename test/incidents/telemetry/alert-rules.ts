import type { AlertRecord } from "./notebook.ts";

/** One rule: it fires when `metric` stays over `threshold` for `samples` samples in a row, and resolves at the first that does not. */
interface Rule {
	name: string;
	severity: "critical" | "warning";
	metric: string;
	/** Where given, the rule is about metric divided by this. */
	dividedBy?: string;
	threshold: number;
	samples: number;
	summary: (resource: string, value: number) => string;
}

const percent = (value: number): string => `${(value * 100).toFixed(1)}%`;

const RULES: readonly Rule[] = [
	{
		name: "EdgeServerErrors",
		severity: "critical",
		metric: "nginx.responses.5xx.ratio",
		threshold: 0.03,
		samples: 3,
		summary: (_, value) => `${percent(value)} of the shop's answers are server errors`,
	},
	{
		name: "ServiceErrorRatioHigh",
		severity: "critical",
		metric: "http.server.error.ratio",
		threshold: 0.1,
		samples: 3,
		summary: (resource, value) => `${resource} fails ${percent(value)} of its requests`,
	},
	{
		name: "ServiceLatencyHigh",
		severity: "warning",
		metric: "http.server.duration.p95",
		threshold: 1000,
		samples: 3,
		summary: (resource, value) => `95th percentile of ${resource}'s latency is ${Math.round(value)} ms`,
	},
	{
		name: "SlowRequest",
		severity: "warning",
		metric: "http.server.duration.max",
		threshold: 2000,
		samples: 1,
		summary: (resource, value) => `a request to ${resource} took ${Math.round(value)} ms`,
	},
	{
		name: "PostgresConnectionsNearLimit",
		severity: "warning",
		metric: "postgresql.connections",
		dividedBy: "postgresql.connections.max",
		threshold: 0.85,
		samples: 3,
		summary: (_, value) => `${percent(value)} of PostgreSQL's connections are in use`,
	},
	{
		name: "RedisMemoryNearLimit",
		severity: "warning",
		metric: "redis.memory.used",
		dividedBy: "redis.memory.max",
		threshold: 0.9,
		samples: 3,
		summary: (_, value) => `Redis uses ${percent(value)} of its memory limit`,
	},
];

/** Evaluates the rules over each round of samples; `fire` takes what fired and what resolved. */
export function createRuleEvaluator(
	fire: (alert: AlertRecord) => void,
): (time: string, resource: string, figures: Record<string, number>) => void {
	const over = new Map<string, number>();
	return (time, resource, figures) => {
		for (const rule of RULES) {
			const measured = figures[rule.metric];
			if (measured === undefined) continue;
			const value = measured / (rule.dividedBy === undefined ? 1 : (figures[rule.dividedBy] ?? 1));
			const key = `${rule.name} ${resource}`;
			const before = over.get(key) ?? 0;
			const now = value > rule.threshold ? before + 1 : 0;
			over.set(key, now);
			const state = now === rule.samples ? "firing" : now === 0 && before >= rule.samples ? "resolved" : undefined;
			if (state === undefined) continue;
			const { name, severity, threshold } = rule;
			const summary = state === "firing" ? rule.summary(resource, value) : `${name} of ${resource} is over`;
			const metric = rule.dividedBy === undefined ? rule.metric : `${rule.metric} / ${rule.dividedBy}`;
			fire({
				time,
				name,
				severity,
				service: resource,
				metric,
				threshold,
				value: Number(value.toPrecision(4)),
				summary,
				state,
			});
		}
	};
}
