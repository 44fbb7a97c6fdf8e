import type { Signal } from "@faultline/contracts";
import type { SystemNode } from "../system/model.ts";
import type { Thrown } from "../text/stack-traces.ts";

/** Gathers what the sources would have seen, with ids as they give them. */
export interface Collector {
	signals: Signal[];
	add(source: string, signal: Omit<Signal, "id" | "source" | "attributes" | "count" | "redactions"> & Partial<Signal>): void;
	log(node: SystemNode, pod: number, at: number, line: LogLine): void;
	/** An exception that was thrown: Sentry groups those of a kind and counts them, by five minutes. */
	exception(node: SystemNode, pod: number, at: number, thrown: Thrown, trace: string): void;
	/** What Sentry grouped; once, at the end. */
	finish(): Signal[];
}

export interface LogLine {
	body: string;
	severity: number;
	trace?: string | undefined;
	spanId?: string;
	attributes?: Record<string, unknown>;
}

const GROUP_MS = 300_000;

/** The most precise name of where something runs: its pod, or itself. */
export const resourceOf = (node: SystemNode, pod: number): string => node.pods[pod] ?? node.name;

export function createCollector(window: { from: number; to: number }, usesSentry: boolean): Collector {
	const signals: Signal[] = [];
	const issues = new Map<string, Signal>();
	const counts = new Map<string, number>();
	const collector: Collector = {
		signals,
		add(source, signal) {
			const t = Date.parse(signal.time);
			if (t < window.from || t >= window.to) return;
			const n = (counts.get(source) ?? 0) + 1;
			counts.set(source, n);
			signals.push({ id: `${source}:${n}`, source, attributes: {}, count: 1, redactions: 0, ...signal });
		},
		log(node, pod, at, { body, severity, trace, spanId, attributes }) {
			collector.add(node.managed ? "cloudwatch" : "kubernetes", {
				kind: "log",
				time: new Date(at).toISOString(),
				severity,
				service: node.name,
				resource: resourceOf(node, pod),
				body,
				...(trace === undefined ? {} : { traceId: trace }),
				...(spanId === undefined ? {} : { spanId }),
				...(attributes === undefined ? {} : { attributes }),
			});
		},
		exception(node, pod, at, thrown, trace) {
			if (!usesSentry) return;
			const key = `${node.name}/${thrown.type}/${thrown.message}/${Math.floor(at / GROUP_MS)}`;
			const known = issues.get(key);
			if (known !== undefined) {
				known.count++;
				return;
			}
			collector.add("sentry", {
				kind: "error",
				time: new Date(at).toISOString(),
				severity: 17,
				service: node.name,
				resource: resourceOf(node, pod),
				body: `${thrown.type}: ${thrown.message}\n${thrown.stack.slice(1).join("\n")}`,
				traceId: trace,
				fingerprint: `${node.name}-${thrown.type}-${thrown.message.length}`,
				attributes: { type: thrown.type, culprit: `${thrown.file} in ${thrown.method}` },
			});
			const added = signals.at(-1);
			if (added !== undefined && added.kind === "error") issues.set(key, added);
		},
		finish: () => signals.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
	};
	return collector;
}
