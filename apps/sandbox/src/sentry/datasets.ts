import type { FastifyReply, FastifyRequest } from "fastify";
import { severityName } from "../severity-name.ts";
import type { World } from "../world.ts";
import { aggregate, parseFunction, tabulate } from "./aggregates.ts";
import type { Issue, Project } from "./issues.ts";
import { paginate, periodOf } from "./paging.ts";
import { searchOf } from "./search.ts";
import { spanColumn } from "./span-rows.ts";

type Columns = (field: string) => unknown;

export interface DatasetRow {
	/** Milliseconds since the epoch. */
	time: number;
	columns: Columns;
}

interface Data {
	world: World;
	projects: readonly Project[];
	issues: readonly Issue[];
}

const TEXT_FIELD: Record<string, string> = { errors: "message", discover: "message", spans: "span.description", logs: "message" };

/** The rows of a dataset in the request's window, projects and search, ascending by time; undefined for a dataset that there is not. */
export function rowsOf(data: Data, request: FastifyRequest, wanted: (p: Project) => boolean): DatasetRow[] | undefined {
	const { dataset = "discover", query = "" } = request.query as Record<string, string | undefined>;
	const textField = TEXT_FIELD[dataset];
	if (textField === undefined) return undefined;
	const within = periodOf(request, data.world.now());
	const search = searchOf(query, textField);
	const all = dataset === "spans" ? spans(data) : dataset === "logs" ? logs(data) : errors(data);
	return all
		.filter((r) => within(r.time) && (r.project === undefined ? false : wanted(r.project)) && search(r.columns))
		.sort((a, b) => a.time - b.time);
}

type Owned = DatasetRow & { project: Project | undefined };

function spans({ world, projects }: Data): Owned[] {
	const byName = new Map(projects.map((p) => [p.name, p]));
	return world.spans.map((span) => {
		const project = byName.get(span.service ?? "") ?? { id: "", slug: "", name: "" };
		return { time: Date.parse(span.time), project, columns: (f) => spanColumn(span, project, f) };
	});
}

/** The capture's logs as an application would have sent them to Sentry as well. */
function logs({ world, projects }: Data): Owned[] {
	const byName = new Map(projects.map((p) => [p.name, p]));
	return world.logs.map((log) => {
		const project = byName.get(log.service ?? world.podOf(log)?.service ?? "");
		const values: Record<string, unknown> = {
			id: log.id,
			timestamp: new Date(log.time).toISOString(),
			timestamp_precise: `${Date.parse(log.time)}${(/\.\d{3}(\d{1,6})/.exec(log.time)?.[1] ?? "").padEnd(6, "0")}`,
			severity: severityName(log.severity)?.toLowerCase() ?? null,
			message: log.body,
			trace: log.traceId ?? null,
			project: project?.slug,
			"project.name": project?.slug,
			"service.name": log.service ?? null,
			"k8s.pod.name": log.resource === log.service ? null : log.resource,
		};
		return { time: Date.parse(log.time), project, columns: (f) => values[f] };
	});
}

function errors({ issues }: Data): Owned[] {
	return issues.flatMap((issue) =>
		issue.events.map((e) => {
			const values: Record<string, unknown> = {
				id: e.eventId,
				title: issue.title,
				message: e.signal.body,
				issue: issue.shortId,
				"issue.id": Number(issue.id),
				timestamp: e.signal.time,
				project: issue.project.slug,
				"project.name": issue.project.slug,
				trace: e.signal.traceId ?? null,
				level: issue.level,
			};
			return { time: e.time, project: issue.project, columns: (f: string) => values[f] };
		}),
	);
}

/** `events/`: rows of the dataset with the fields asked for, ascending with sort=timestamp, else newest first, or grouped. */
export function eventsTable(data: Data, request: FastifyRequest, reply: FastifyReply, wanted: (p: Project) => boolean): unknown {
	const { dataset, field, sort } = request.query as Record<string, string | string[] | undefined>;
	const fields = field === undefined ? [] : [field].flat();
	if (fields.length === 0) return reply.code(400).send({ detail: "No columns selected" });
	const rows = rowsOf(data, request, wanted);
	if (rows === undefined) return reply.code(400).send({ detail: "dataset must be one of: discover, errors, logs, spans" });
	const meta = { fields: Object.fromEntries(fields.map((f) => [f, /duration|_ts$|\(/.test(f) ? "number" : "string"])), units: {}, dataset };
	const grouped = fields.some((f) => parseFunction(f) !== undefined);
	const asked = grouped ? fields : [...new Set(["id", "project.name", ...fields])];
	const ordered = sort === "timestamp" || grouped ? rows : [...rows].reverse();
	const columns = ordered.map((r) => r.columns);
	// Rows are made for the page alone, groups for all: a page of them is a page of groups.
	const page = grouped
		? paginate(request, reply, tabulate(columns, asked, String(sort ?? "")), "per_page")
		: tabulate(paginate(request, reply, columns, "per_page"), asked, undefined);
	return { data: page, meta };
}

/** `events-timeseries/`: one aggregate per interval over the window, empty intervals included. */
export function timeseries(data: Data, request: FastifyRequest, reply: FastifyReply, wanted: (p: Project) => boolean): unknown {
	const { yAxis = "count()", interval = "60000", start, end, dataset } = request.query as Record<string, string | undefined>;
	const rows = rowsOf(data, request, wanted);
	const step = Number(interval);
	const utc = (text: string | undefined) => Date.parse(text === undefined || /(Z|[+-]\d\d:?\d\d)$/.test(text) ? (text ?? "") : `${text}Z`);
	const [from, to] = [utc(start), utc(end)];
	if (rows === undefined || !(step > 0) || !Number.isFinite(from) || !Number.isFinite(to) || (to - from) / step > 10_000)
		return reply.code(400).send({ detail: "Invalid dataset, interval or period" });
	const first = Math.floor(from / step) * step;
	const byStep = Map.groupBy(rows, (r) => Math.floor(r.time / step) * step);
	const values = Array.from({ length: Math.ceil((to - first) / step) }, (_, i) => {
		const timestamp = first + i * step;
		const inStep = byStep.get(timestamp) ?? [];
		return {
			timestamp,
			value:
				inStep.length === 0
					? 0
					: aggregate(
							yAxis,
							inStep.map((r) => r.columns),
						),
			incomplete: false,
		};
	});
	return {
		timeSeries: [{ yAxis, values, meta: { interval: step, valueType: "number", valueUnit: null } }],
		meta: { dataset, start: from, end: to },
	};
}
