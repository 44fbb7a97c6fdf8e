import type { World } from "../world.ts";
import { FOLDER } from "./alert-rules.ts";
import { DATASOURCE_UID } from "./datasources.ts";

export const DASHBOARD = { uid: "capture-overview", title: "Capture overview" };
/** Panels in the one dashboard. */
const PANELS = 12;

export const folderHit = () => ({
	id: 1,
	uid: FOLDER.uid,
	title: FOLDER.title,
	url: `/dashboards/f/${FOLDER.uid}`,
	type: "dash-folder",
	tags: [],
	isStarred: false,
});

/** GET /api/search of dashboards: by words of the title, one page. */
export function dashboardHits(query: Record<string, string | string[] | undefined>): object[] {
	const words = String(query.query ?? "").toLowerCase();
	if (!DASHBOARD.title.toLowerCase().includes(words) || Number(query.page ?? 1) > 1 || query.tag !== undefined) return [];
	return [
		{
			id: 2,
			...DASHBOARD,
			url: `/d/${DASHBOARD.uid}/capture-overview`,
			type: "dash-db",
			tags: [],
			folderUid: FOLDER.uid,
			folderTitle: FOLDER.title,
		},
	];
}

/** GET /api/dashboards/uid/<uid>: a panel for each of the first metrics, their resource in a variable. */
export function dashboardOf(world: World): object {
	const resources = [...new Set(world.series.map((s) => s.resource))];
	const panels = [...new Set(world.series.map((s) => s.metric))].slice(0, PANELS).map((metric, i) => ({
		id: i + 1,
		type: "timeseries",
		title: metric,
		datasource: { type: "prometheus", uid: DATASOURCE_UID },
		targets: [{ refId: "A", expr: `{__name__=${JSON.stringify(metric)},resource=~"$resource"}` }],
	}));
	return {
		meta: { url: `/d/${DASHBOARD.uid}/capture-overview`, folderTitle: FOLDER.title, canSave: false },
		dashboard: {
			uid: DASHBOARD.uid,
			title: DASHBOARD.title,
			tags: [],
			templating: { list: [{ name: "resource", type: "custom", current: { text: resources, value: resources } }] },
			panels: [{ id: 99, type: "row", title: "Metrics", collapsed: true, panels }],
		},
	};
}
