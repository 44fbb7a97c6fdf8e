import type { AlertSignal } from "@faultline/contracts";
import { slugOf, type World } from "../world.ts";
import { DATASOURCE_UID } from "./datasources.ts";

/** An alert rule of Grafana, made from the alerts of one name. */
export interface AlertRule {
	uid: string;
	/** Grafana's numeric id, which annotations refer to. */
	id: number;
	title: string;
	expression: string;
	/** Ascending by time. */
	alerts: AlertSignal[];
}

export const FOLDER = { uid: "capture", title: "Capture" };
const GROUP = "capture";

export function alertRulesOf(world: World): AlertRule[] {
	const taken = new Set<string>();
	return [...Map.groupBy(world.alerts, (a) => a.alert.name)].map(([title, alerts], i) => {
		let uid = slugOf(title, 36);
		if (taken.has(uid)) uid = `${uid}-${i}`;
		taken.add(uid);
		return { uid, id: i + 1, title, expression: expressionOf(alerts[0] as AlertSignal), alerts };
	});
}

function expressionOf({ alert, service }: AlertSignal): string {
	if (alert.metric === undefined) return "vector(1)";
	const matchers = [`__name__=${JSON.stringify(alert.metric)}`, ...(service ? [`resource=${JSON.stringify(service)}`] : [])];
	const below = alert.value !== undefined && alert.threshold !== undefined && alert.value < alert.threshold;
	return `{${matchers.join(",")}}${alert.threshold === undefined ? "" : ` ${below ? "<" : ">"} ${alert.threshold}`}`;
}

export const isFiring = ({ alert }: AlertSignal): boolean => !/^(ok|normal|resolved|inactive)$/i.test(alert.state ?? "");

const SEVERITY_WORDS: readonly [number, string][] = [
	[21, "critical"],
	[17, "error"],
	[13, "warning"],
	[0, "info"],
];

export function alertLabels(signal: AlertSignal): Record<string, string> {
	const { alert, service, severity } = signal;
	return {
		alertname: alert.name,
		grafana_folder: FOLDER.title,
		severity: SEVERITY_WORDS.find(([n]) => severity >= n)?.[1] ?? "info",
		...(service ? { service, resource: service } : {}),
		...(alert.metric ? { metric: alert.metric } : {}),
	};
}

function alertAnnotations({ alert }: AlertSignal): Record<string, string> {
	return {
		summary: alert.summary,
		...(alert.description ? { description: alert.description } : {}),
		...(alert.threshold === undefined ? {} : { threshold: String(alert.threshold) }),
	};
}

/** GET /api/prometheus/grafana/api/v1/rules: rules with their state and alerts, as Prometheus lists them. */
export function rulesReply(rules: readonly AlertRule[], now: number): object {
	const wire = rules.map((rule) => {
		const alerts = latestByLabels(rule.alerts);
		const firing = alerts.filter(isFiring);
		return {
			uid: rule.uid,
			folderUid: FOLDER.uid,
			name: rule.title,
			query: rule.expression,
			duration: 0,
			state: firing.length > 0 ? "firing" : "inactive",
			health: "ok",
			type: "alerting",
			lastEvaluation: new Date(now).toISOString(),
			evaluationTime: 0,
			labels: { severity: alertLabels(rule.alerts[0] as AlertSignal).severity },
			annotations: alertAnnotations(rule.alerts.findLast(isFiring) ?? (rule.alerts[0] as AlertSignal)),
			alerts: alerts.map((a) => ({
				labels: alertLabels(a),
				annotations: alertAnnotations(a),
				state: isFiring(a) ? "Alerting" : "Normal",
				activeAt: a.time,
				value: a.alert.value === undefined ? "" : String(a.alert.value),
			})),
		};
	});
	const groups =
		wire.length === 0
			? []
			: [
					{
						name: GROUP,
						file: FOLDER.title,
						folderUid: FOLDER.uid,
						interval: 60,
						lastEvaluation: new Date(now).toISOString(),
						evaluationTime: 0,
						rules: wire,
					},
				];
	return { status: "success", data: { groups, totals: {} } };
}

function latestByLabels(alerts: readonly AlertSignal[]): AlertSignal[] {
	const thing = (a: AlertSignal) => JSON.stringify({ ...alertLabels(a), severity: undefined, metric: undefined });
	return [...new Map(alerts.map((a) => [thing(a), a])).values()];
}

/** GET /api/v1/provisioning/alert-rules */
export function provisionedRules(rules: readonly AlertRule[], updated: string): object[] {
	return rules.map(({ uid, id, title, expression, alerts }) => ({
		id,
		uid,
		orgID: 1,
		folderUID: FOLDER.uid,
		ruleGroup: GROUP,
		title,
		condition: "A",
		data: [{ refId: "A", datasourceUid: DATASOURCE_UID, model: { expr: expression, refId: "A" } }],
		updated,
		noDataState: "NoData",
		execErrState: "Error",
		for: "0s",
		labels: { severity: alertLabels(alerts[0] as AlertSignal).severity },
		annotations: alertAnnotations(alerts[0] as AlertSignal),
		isPaused: false,
	}));
}

/** GET /api/alertmanager/grafana/api/v2/alerts: what fires now. */
export function firingAlerts(rules: readonly AlertRule[]): object[] {
	return rules.flatMap((rule) =>
		latestByLabels(rule.alerts)
			.filter(isFiring)
			.map((a) => ({
				labels: alertLabels(a),
				annotations: alertAnnotations(a),
				startsAt: a.time,
				endsAt: "0001-01-01T00:00:00.000Z",
				updatedAt: a.time,
				fingerprint: rule.uid,
				status: { state: "active", silencedBy: [], inhibitedBy: [] },
				receivers: [{ name: "default" }],
				generatorURL: `/alerting/grafana/${rule.uid}/view`,
			})),
	);
}
