import type { AlertSignal, ChangeSignal } from "@faultline/contracts";
import type { World } from "../world.ts";
import { type AlertRule, alertLabels, isFiring } from "./alert-rules.ts";

/** An annotation as GET /api/annotations answers it; times in milliseconds. */
export interface Annotation {
	id: number;
	alertId: number;
	alertName: string;
	dashboardUID: string | null;
	panelId: number;
	userId: number;
	login: string;
	newState: string;
	prevState: string;
	created: number;
	updated: number;
	time: number;
	timeEnd: number;
	text: string;
	tags: string[];
	data: object;
}

/** What other sources tell: commits are Sentry's, deploys Sentry's and the cluster's. */
const NOT_ANNOTATED = new Set(["commit", "deploy"]);

/** Changes as annotations with tags, alert firings as the state history that Grafana itself keeps as annotations. Newest first, as Grafana answers. */
export function annotationsOf(world: World, rules: readonly AlertRule[]): Annotation[] {
	const changes = world.changes.filter((c) => !NOT_ANNOTATED.has(c.change.type)).map((c) => changeAnnotation(c));
	const states = rules.flatMap((rule) => rule.alerts.map((alert) => stateAnnotation(rule, alert)));
	return [...changes, ...states]
		.sort((a, b) => a.time - b.time)
		.map((a, i) => ({ ...a, id: i + 1 }))
		.reverse();
}

function blank(time: number): Annotation {
	return {
		id: 0,
		alertId: 0,
		alertName: "",
		dashboardUID: null,
		panelId: 0,
		userId: 0,
		login: "",
		newState: "",
		prevState: "",
		created: time,
		updated: time,
		time,
		timeEnd: time,
		text: "",
		tags: [],
		data: {},
	};
}

function changeAnnotation({ change, service, time }: ChangeSignal): Annotation {
	const { type, id, title, commitId, author } = change;
	const tags = [
		type,
		`id:${id}`,
		...(service ? [`service:${service}`] : []),
		...(commitId ? [`commit:${commitId}`] : []),
		...(author ? [`author:${author}`] : []),
	];
	return { ...blank(Date.parse(time)), text: title, tags, login: author ?? "" };
}

function stateAnnotation(rule: AlertRule, alert: AlertSignal): Annotation {
	const labels = Object.entries(alertLabels(alert)).map(([k, v]) => `${k}=${v}`);
	const [prevState, newState] = isFiring(alert) ? ["Normal", "Alerting"] : ["Alerting", "Normal"];
	const { value } = alert.alert;
	return {
		...blank(Date.parse(alert.time)),
		alertId: rule.id,
		alertName: rule.title,
		prevState,
		newState,
		text: `${rule.title} {${labels.join(", ")}} - ${newState}`,
		data: value === undefined ? {} : { values: { A: value } },
	};
}

/** The filters of GET /api/annotations: from, to (milliseconds), type, tags, matchAny, limit (100). */
export function filterAnnotations(all: readonly Annotation[], query: Record<string, string | string[] | undefined>): Annotation[] {
	const [from, to] = [Number(query.from ?? 0), Number(query.to ?? 0)];
	const tags = [query.tags ?? []].flat();
	const has = (a: Annotation, tag: string) => a.tags.includes(tag);
	return all
		.filter((a) => (!from || a.timeEnd >= from) && (!to || a.time <= to))
		.filter((a) => query.type === undefined || (query.type === "alert") === (a.alertId !== 0))
		.filter((a) => tags.length === 0 || (query.matchAny === "true" ? tags.some((t) => has(a, t)) : tags.every((t) => has(a, t))))
		.slice(0, Number(query.limit ?? 100) || 100);
}
