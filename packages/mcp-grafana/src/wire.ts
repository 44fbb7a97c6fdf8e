import { z } from "zod";

/* What Grafana and Prometheus answer, as far as it is read; what is new is let through. */

export const Datasources = z.array(
	z.looseObject({
		uid: z.string(),
		name: z.string(),
		type: z.string(),
		jsonData: z
			.looseObject({
				timeInterval: z.string().optional().catch(undefined),
				/** Of CloudWatch: the log groups that are searched where a query names none, newer and older form. */
				logGroups: z
					.array(z.looseObject({ arn: z.string() }))
					.optional()
					.catch(undefined),
				defaultLogGroups: z.array(z.string()).optional().catch(undefined),
				defaultRegion: z.string().optional().catch(undefined),
			})
			.optional()
			.catch(undefined),
	}),
);
export type Datasource = z.infer<typeof Datasources>[number];

const labels = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);

export const Matrix = z.object({
	status: z.literal("success"),
	data: z.object({
		resultType: z.literal("matrix"),
		result: z.array(z.looseObject({ metric: labels, values: z.array(point).default([]) })),
	}),
	warnings: z.array(z.string()).optional(),
});
export type MatrixRow = z.infer<typeof Matrix>["data"]["result"][number];

export const LabelValues = z.object({ status: z.literal("success"), data: z.array(z.string()) });

export const LabelValuesOrNone = z.object({ status: z.literal("success"), data: z.array(z.string()).nullish() });

/** Lines as [nanoseconds since the epoch, text], with structured metadata where there is some. */
const line = z.tuple([z.string().regex(/^\d+$/), z.string()], z.unknown());
export const LokiStreams = z.object({
	status: z.literal("success"),
	data: z.object({ resultType: z.literal("streams"), result: z.array(z.looseObject({ stream: labels, values: z.array(line) })) }),
});
export type LokiStream = z.infer<typeof LokiStreams>["data"]["result"][number];
export const LokiStats = z.looseObject({ streams: z.number(), chunks: z.number(), bytes: z.number(), entries: z.number() });
export type LokiStats = z.infer<typeof LokiStats>;
export const LokiPatterns = z.object({
	status: z.literal("success"),
	data: z
		.array(z.looseObject({ pattern: z.string(), samples: z.array(z.tuple([z.number(), z.number()])) }))
		.nullish()
		.transform((v) => v ?? []),
});
export type LokiPattern = z.infer<typeof LokiPatterns>["data"][number];

const field = z.looseObject({ name: z.string(), type: z.string().optional(), labels: labels.nullish().catch(undefined) });
export const Frame = z.looseObject({
	schema: z.looseObject({
		name: z.string().optional(),
		fields: z.array(field).default([]),
		meta: z
			.looseObject({ executedQueryString: z.string().optional(), custom: z.looseObject({ Status: z.string().optional() }).nullish() })
			.nullish()
			.catch(undefined),
	}),
	data: z
		.looseObject({
			values: z.array(z.array(z.unknown())).default([]),
			/** Of each column of times: nanoseconds beyond the millisecond. */
			nanos: z.array(z.array(z.number()).nullable()).nullish().catch(undefined),
		})
		.default({ values: [] }),
});
export type Frame = z.infer<typeof Frame>;
/** Answer of POST /api/ds/query, per refId. */
export const QueryReply = z.object({
	results: z.record(
		z.string(),
		z.looseObject({ status: z.number().optional(), error: z.string().optional(), frames: z.array(Frame).nullish() }),
	),
});
export type QueryReply = z.infer<typeof QueryReply>;

export const DashboardHits = z.array(
	z.looseObject({
		uid: z.string(),
		title: z.string(),
		url: z.string().default(""),
		tags: z.array(z.string()).nullish(),
		folderTitle: z.string().nullish(),
	}),
);
export type DashboardHit = z.infer<typeof DashboardHits>[number];

const datasourceRef = z
	.union([z.string(), z.looseObject({ uid: z.string().nullish(), type: z.string().nullish() })])
	.nullish()
	.catch(undefined);
const Panel = z.looseObject({
	id: z.number().optional(),
	type: z.string().default(""),
	title: z.string().nullish(),
	datasource: datasourceRef,
	targets: z
		.array(z.looseObject({ refId: z.string().nullish(), datasource: datasourceRef }))
		.nullish()
		.catch(undefined),
	panels: z.array(z.unknown()).nullish(),
});
export type Panel = z.infer<typeof Panel>;
export const Dashboard = z.looseObject({
	meta: z.looseObject({ url: z.string().nullish(), folderTitle: z.string().nullish() }),
	dashboard: z.looseObject({
		uid: z.string(),
		title: z.string(),
		tags: z.array(z.string()).nullish(),
		panels: z.array(z.unknown()).nullish(),
		templating: z
			.looseObject({
				list: z
					.array(
						z.looseObject({
							name: z.string(),
							current: z.looseObject({ value: z.unknown().optional() }).nullish(),
							query: z.unknown().optional(),
						}),
					)
					.nullish(),
			})
			.nullish()
			.catch(undefined),
	}),
});
export type Dashboard = z.infer<typeof Dashboard>;

/** Panels of a dashboard, those in collapsed rows as well; of a form that is not known are left out. */
export function panelsOf(list: readonly unknown[] | null | undefined): Panel[] {
	return (list ?? []).flatMap((item): Panel[] => {
		const panel = Panel.safeParse(item);
		if (!panel.success) return [];
		return [...(panel.data.type === "row" ? [] : [panel.data]), ...panelsOf(panel.data.panels)];
	});
}

export const Silences = z.array(
	z.looseObject({
		id: z.string(),
		status: z.looseObject({ state: z.string() }),
		startsAt: z.string(),
		endsAt: z.string(),
		createdBy: z.string().default(""),
		comment: z.string().default(""),
		matchers: z
			.array(z.looseObject({ name: z.string(), value: z.string(), isRegex: z.boolean().optional(), isEqual: z.boolean().optional() }))
			.default([]),
	}),
);
export type Silence = z.infer<typeof Silences>[number];

export const Metadata = z.object({
	status: z.literal("success"),
	data: z.record(z.string(), z.array(z.looseObject({ type: z.string().default("unknown"), unit: z.string().default("") }))),
});
export type Metadata = z.infer<typeof Metadata>["data"];

export const Annotations = z.array(
	z.looseObject({
		id: z.number(),
		alertId: z.number().nullish(),
		alertName: z.string().nullish(),
		dashboardUID: z.string().nullish(),
		panelId: z.number().nullish(),
		newState: z.string().nullish(),
		prevState: z.string().nullish(),
		time: z.number(),
		timeEnd: z.number().nullish(),
		text: z.string().default(""),
		tags: z.array(z.string()).nullish(),
		login: z.string().nullish(),
		data: z
			.looseObject({ values: z.record(z.string(), z.unknown()).optional() })
			.nullish()
			.catch(undefined),
	}),
);
export type Annotation = z.infer<typeof Annotations>[number];

/** Changes of state that are kept in Loki: a frame of times, lines and labels. Another keeper answers in another form. */
export const HistoryFrame = z.looseObject({
	schema: z.looseObject({ fields: z.array(z.looseObject({ name: z.string() })) }),
	data: z.looseObject({ values: z.array(z.array(z.unknown())) }),
});

/** A change of state as Grafana keeps it in Loki: a row of the frame of GET /api/v1/rules/history. */
export const HistoryLine = z.looseObject({
	previous: z.string().default(""),
	current: z.string(),
	labels: labels.nullish().catch(undefined),
	ruleTitle: z.string().optional().catch(undefined),
	ruleUID: z.string().optional().catch(undefined),
	fingerprint: z.string().optional().catch(undefined),
	values: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});
export type HistoryLine = z.infer<typeof HistoryLine>;

export interface HistoryRow {
	/** Milliseconds since the epoch. */
	time: number;
	line: HistoryLine;
	ruleUid: string | undefined;
}

/** Rows whose line is of a form that is not known are left out; values may be JSON or text of JSON. */
export function historyRows({ schema, data }: z.infer<typeof HistoryFrame>): HistoryRow[] {
	const column = (name: string) => data.values[schema.fields.findIndex((f) => f.name === name)] ?? [];
	const [times, lines, streams] = [column("time"), column("line"), column("labels")];
	return times.flatMap((time, i): HistoryRow[] => {
		const line = HistoryLine.safeParse(jsonOf(lines[i]));
		const stream = labels.safeParse(jsonOf(streams[i]));
		if (typeof time !== "number" || !line.success) return [];
		return [{ time, line: line.data, ruleUid: line.data.ruleUID ?? (stream.success ? stream.data.ruleUID : undefined) }];
	});
}

function jsonOf(value: unknown): unknown {
	if (typeof value !== "string") return value;
	try {
		return JSON.parse(value);
	} catch {
		return undefined;
	}
}

const Rule = z.looseObject({
	uid: z.string().optional(),
	name: z.string(),
	query: z.string().default(""),
	state: z.string().default("unknown"),
	health: z.string().optional().catch(undefined),
	lastEvaluation: z.string().optional().catch(undefined),
	duration: z.number().optional().catch(undefined),
	labels: labels.nullish().catch(undefined),
	annotations: labels.nullish().catch(undefined),
	alerts: z
		.array(
			z.looseObject({
				labels: labels.nullish(),
				annotations: labels.nullish(),
				state: z.string(),
				activeAt: z.string().nullish(),
				value: z.string().nullish().catch(undefined),
			}),
		)
		.nullish()
		.catch(undefined),
});
export type Rule = z.infer<typeof Rule>;

export const Rules = z.object({
	status: z.string(),
	data: z.looseObject({
		groups: z.array(z.looseObject({ name: z.string(), file: z.string().default(""), rules: z.array(z.unknown()).default([]) })).default([]),
	}),
});

/** Recording rules and rules of a form that is not known are left out. */
export function alertingRules(reply: z.infer<typeof Rules>): Rule[] {
	return reply.data.groups.flatMap((group) =>
		group.rules.flatMap((rule) => {
			const parsed = Rule.safeParse(rule);
			return parsed.success && parsed.data.type !== "recording" ? [parsed.data] : [];
		}),
	);
}
