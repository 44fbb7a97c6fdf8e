import { z } from "zod";

/* What Grafana and Prometheus answer, as far as it is read; what is new is let through. */

export const Datasources = z.array(
	z.looseObject({
		uid: z.string(),
		name: z.string(),
		type: z.string(),
		jsonData: z
			.looseObject({ timeInterval: z.string().optional().catch(undefined) })
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

const Rule = z.looseObject({
	uid: z.string().optional(),
	name: z.string(),
	query: z.string().default(""),
	state: z.string().default("unknown"),
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
