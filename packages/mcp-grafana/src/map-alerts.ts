import { createHash } from "node:crypto";
import { type Signal, severityOf } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import type { HistoryItem } from "./alert-history.ts";
import { ruleLink } from "./links.ts";
import type { Annotation, Rule } from "./wire.ts";

type RuleAlert = NonNullable<Rule["alerts"]>[number];

/** Severity of an alert whose labels give none, and of one that is over. */
const UNLABELLED = 17;
const OVER = 9;
/** A rule's `activeAt` and the state history tell one firing; they are written by different evaluations of the rule. */
export const SAME_FIRING_MS = 120_000;

const isOver = (state: string): boolean => /^(normal|ok|resolved|inactive)/i.test(state);
export const isFiring = (state: string): boolean => /^(alerting|firing|error|recovering)/i.test(state);

interface Firing {
	id: string;
	time: number;
	name: string;
	state: string;
	labels: Record<string, string>;
	rule: Rule | undefined;
	alert: RuleAlert | undefined;
	value: number | undefined;
}

/** One change of state, out of the history that Grafana keeps as annotations. */
export function alertFromHistory(annotation: Annotation, rules: readonly Rule[], base: string): Signal {
	const { name, labels } = readHistoryText(annotation);
	const rule = rules.find((r) => r.name === name);
	const alert = rule?.alerts?.find((a) => sameThing(a.labels ?? {}, labels)) ?? undefined;
	const value = Object.values(annotation.data?.values ?? {}).find((v) => typeof v === "number");
	return toSignal(
		{ id: `grafana:alert:${annotation.id}`, time: annotation.time, name, state: annotation.newState ?? "", labels, rule, alert, value },
		base,
	);
}

/** One change of state, out of the history that Grafana keeps in Loki. */
export function alertFromLoki({ key, time, line, ruleUid }: HistoryItem, rules: readonly Rule[], base: string): Signal {
	const labels = line.labels ?? {};
	const name = line.ruleTitle ?? labels.alertname ?? "unnamed";
	// before Grafana 11 rules do not say their uid
	const known = rules.find((r) => (r.uid === undefined || ruleUid === undefined ? r.name === name : r.uid === ruleUid));
	const rule = known && { ...known, uid: known.uid ?? ruleUid };
	const alert = rule?.alerts?.find((a) => sameThing(a.labels ?? {}, labels)) ?? undefined;
	const value = Object.values(line.values ?? {}).find((v) => typeof v === "number");
	// "Normal (MissingSeries)": the state, and why
	const state = line.current.replace(/\s*\(.*\)$/, "");
	return toSignal({ id: `grafana:alert:${key}`, time, name: rule?.name ?? name, state, labels, rule, alert, value }, base);
}

/** An alert that fires now, since `activeAt`. Undefined where Grafana does not say since when. */
export function alertFromRule(rule: Rule, alert: RuleAlert, base: string): Signal | undefined {
	const time = Date.parse(alert.activeAt ?? "");
	if (!Number.isFinite(time)) return undefined;
	const labels = { ...rule.labels, ...alert.labels };
	const digest = createHash("sha256")
		.update(JSON.stringify([rule.uid ?? rule.name, Object.entries(labels).sort(), time]))
		.digest("hex")
		.slice(0, 16);
	return toSignal(
		{ id: `grafana:alert:${digest}`, time, name: rule.name, state: alert.state, labels, rule, alert, value: numberOf(alert.value) },
		base,
	);
}

function toSignal({ id, time, name, state, labels, rule, alert, value }: Firing, base: string): Signal {
	const [shownName, shownLabels] = [redact(name), redactDeep(labels)];
	const { text: resource, service } = thingOf(shownLabels.value);
	// A rule's words are about what fires now; of another firing, and of one that is over, they may say something else.
	const current = alert !== undefined && !isOver(alert.state) && Math.abs(Date.parse(alert.activeAt ?? "") - time) <= SAME_FIRING_MS;
	const annotations = { ...rule?.annotations, ...(current ? alert.annotations : {}) };
	const summary = redact(
		isOver(state)
			? `${shownName.text} of ${resource} is over`
			: rendered(annotations.summary ?? annotations.message) || `${shownName.text} of ${resource} fires`,
	);
	const description = redact(rendered(annotations.description));
	const { metric, threshold } = readExpression(rule?.query ?? "");
	const measured = shownLabels.value.metric ?? (metric === undefined ? undefined : redact(metric).text);
	const shown = value ?? (current ? numberOf(alert.value) : undefined);
	const limit = numberOf(annotations.threshold) ?? threshold;
	return {
		id,
		source: "grafana",
		kind: "alert",
		time: new Date(time).toISOString(),
		severity: isOver(state) ? OVER : severityOf(labels.severity ?? rule?.labels?.severity) || UNLABELLED,
		...(service === undefined ? {} : { service }),
		resource,
		body: summary.text,
		attributes: { labels: shownLabels.value },
		count: 1,
		url: ruleLink(base, rule?.uid),
		redactions: summary.count + description.count + shownLabels.count + shownName.count,
		alert: {
			name: shownName.text,
			summary: summary.text,
			state,
			...(description.text === "" ? {} : { description: description.text }),
			...(measured === undefined ? {} : { metric: measured }),
			...(limit === undefined ? {} : { threshold: limit }),
			...(shown === undefined ? {} : { value: shown }),
		},
	};
}

function thingOf(labels: Record<string, string>): { text: string; service: string | undefined } {
	const service = labels.service ?? labels.service_name ?? labels.app ?? labels.job;
	return { text: labels.resource ?? labels.pod ?? service ?? labels.instance ?? "unknown", service };
}

/** A template that Grafana has not filled in says nothing. */
function rendered(text: string | undefined): string {
	return text === undefined || text.includes("{{") ? "" : text;
}

/** "name {alertname=x, service=y} - Alerting", as Grafana's state history words it; alertName where it is given. */
function readHistoryText({ text, alertName }: Annotation): { name: string; labels: Record<string, string> } {
	const [, title = "", inner = ""] = /^(.*?)\s*\{([^}]*)\}/s.exec(text) ?? [];
	const labels = Object.fromEntries(
		inner.split(/,\s*/).flatMap((pair): [string, string][] => {
			const at = pair.indexOf("=");
			return at > 0
				? [
						[
							pair.slice(0, at).trim(),
							pair
								.slice(at + 1)
								.trim()
								.replace(/^"|"$/g, ""),
						],
					]
				: [];
		}),
	);
	return { name: alertName || title || labels.alertname || text.slice(0, 80) || "unnamed", labels };
}

const NOT_IDENTITY = new Set(["alertname", "grafana_folder", "severity"]);

function sameThing(a: Record<string, string>, b: Record<string, string>): boolean {
	const keys = Object.keys(b).filter((k) => !NOT_IDENTITY.has(k));
	return keys.every((k) => a[k] === b[k]);
}

function numberOf(text: string | null | undefined): number | undefined {
	if (text === undefined || text === null || text.trim() === "") return undefined;
	const value = Number(/value=([-+\d.e]+)/i.exec(text)?.[1] ?? text);
	return Number.isFinite(value) ? value : undefined;
}

/** The metric and the threshold of a rule such as `{__name__="x"} > 5` or `x{...} > 5`, where it is that simple. */
export function readExpression(query: string): { metric?: string; threshold?: number } {
	const quoted = /__name__\s*=\s*("(?:[^"\\]|\\.)*")/.exec(query)?.[1];
	const metric = quoted === undefined ? /^\s*([a-zA-Z_:][\w:]*)\s*(?:\{|[<>=!]|$)/.exec(query)?.[1] : unquoted(quoted);
	const limit = /[<>]=?\s*(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*$/i.exec(query)?.[1];
	return { ...(metric === undefined ? {} : { metric }), ...(limit === undefined ? {} : { threshold: Number(limit) }) };
}

function unquoted(quoted: string): string {
	return quoted.slice(1, -1).replace(/\\(.)/g, "$1");
}
