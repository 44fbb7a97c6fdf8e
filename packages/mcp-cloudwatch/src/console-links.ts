/** Pages of the AWS console for a region. Times are milliseconds since the epoch. */
const hostOf = (region: string): string => {
	if (region.startsWith("cn-")) return `${region}.console.amazonaws.cn`;
	if (region.startsWith("us-gov-")) return `${region}.console.amazonaws-us-gov.com`;
	return `${region}.console.aws.amazon.com`;
};

const home = (region: string) => `https://${hostOf(region)}/cloudwatch/home?region=${encodeURIComponent(region)}#`;

/** The console's own escape inside its fragment: percent-encoded twice, with $ for %. */
const twice = (text: string) => encodeURIComponent(encodeURIComponent(text)).replace(/%/g, "$");

export interface LinkWindow {
	from: number;
	to: number;
}

/** Events of a log group, or of one of its streams, over a window. */
export function logsLink(region: string, group: string, { from, to }: LinkWindow, stream?: string): string {
	const base = `${home(region)}logsV2:log-groups/log-group/${twice(group)}`;
	const at = stream === undefined ? "/log-events" : `/log-events/${twice(stream)}`;
	return `${base}${at}$3Fstart$3D${from}$26end$3D${to}`;
}

export function metricLink(
	region: string,
	metric: { namespace: string; name: string; dimensions: readonly { Name: string; Value: string }[] },
	{ from, to }: LinkWindow,
): string {
	const row = [metric.namespace, metric.name, ...metric.dimensions.flatMap((d) => [d.Name, d.Value])];
	const quoted = row.map((part) => `~'${encodeURIComponent(part).replace(/%/g, "*").replace(/'/g, "*27")}`).join("");
	const iso = (ms: number) => new Date(ms).toISOString().replace(/:/g, "*3a");
	return `${home(region)}metricsV2:graph=~(metrics~(~(${quoted}))~region~'${region}~start~'${iso(from)}~end~'${iso(to)})`;
}

export const alarmLink = (region: string, name: string): string => `${home(region)}alarmsV2:alarm/${encodeURIComponent(name)}`;

export const alarmsLink = (region: string): string => `${home(region)}alarmsV2:`;

export const metricsLink = (region: string): string => `${home(region)}metricsV2:`;

/** CloudTrail's list of events over a window. */
export function trailLink(region: string, { from, to }: LinkWindow, eventId?: string): string {
	const page = `https://${hostOf(region)}/cloudtrailv2/home?region=${encodeURIComponent(region)}#/events`;
	return eventId === undefined
		? `${page}?StartTime=${new Date(from).toISOString()}&EndTime=${new Date(to).toISOString()}&ReadOnly=false`
		: `${page}/${encodeURIComponent(eventId)}`;
}

/** Logs Insights with a query over some groups and a window, ready to run. */
export function insightsLink(region: string, groups: readonly string[], query: string, { from, to }: LinkWindow): string {
	const quote = (text: string) =>
		`'${encodeURIComponent(text)
			.replace(/[!'()~*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
			.replace(/%/g, "*")}`;
	const detail = `~(end~${quote(new Date(to).toISOString())}~start~${quote(new Date(from).toISOString())}~timeType~'ABSOLUTE~tz~'UTC~editorString~${quote(query)}~source~(${groups.map((g) => `~${quote(g)}`).join("")}))`;
	return `${home(region)}logsV2:logs-insights$3FqueryDetail$3D${encodeURIComponent(detail).replace(/%/g, "$")}`;
}
