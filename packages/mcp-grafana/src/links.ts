/** Grafana's own pages; `base` is GRAFANA_URL, times are milliseconds since the epoch. */
export interface LinkWindow {
	from: number;
	to: number;
}

/** Explore with one query over one window. */
export function exploreLink(base: string, uid: string, expr: string, { from, to }: LinkWindow): string {
	const datasource = { type: "prometheus", uid };
	const pane = { datasource: uid, queries: [{ refId: "A", expr, datasource }], range: { from: String(from), to: String(to) } };
	return `${base}/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify({ a: pane }))}`;
}

/** Explore with a query of any data source: its own model, as a panel holds it. */
export function exploreModelLink(base: string, datasource: { uid: string; type: string }, model: object, { from, to }: LinkWindow): string {
	const query = { refId: "A", ...model, datasource: { type: datasource.type, uid: datasource.uid } };
	const pane = { datasource: datasource.uid, queries: [query], range: { from: String(from), to: String(to) } };
	return `${base}/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify({ a: pane }))}`;
}

export function ruleLink(base: string, uid: string | undefined): string {
	return uid === undefined ? `${base}/alerting/list` : `${base}/alerting/grafana/${encodeURIComponent(uid)}/view`;
}

/** The dashboard on which an annotation stands, around its time; the annotation itself where it stands on none. */
export function annotationLink(
	base: string,
	annotation: { id: number; time: number; dashboardUID?: string | null | undefined; panelId?: number | null | undefined },
): string {
	const { id, time, dashboardUID, panelId } = annotation;
	if (!dashboardUID) return `${base}/api/annotations/${id}`;
	const panel = panelId ? `&viewPanel=${panelId}` : "";
	return `${base}/d/${encodeURIComponent(dashboardUID)}?from=${time - 900_000}&to=${time + 900_000}${panel}`;
}

/** All annotations of a window; Grafana has no page of its own for them. */
export function annotationsLink(base: string, { from, to }: LinkWindow): string {
	return `${base}/api/annotations?type=annotation&from=${from}&to=${to - 1}`;
}
