import { parseDuration } from "@faultline/contracts";
import { z } from "zod";

/** The four sources, in the order in which everything lists them. */
export const SOURCE_NAMES = ["kubernetes", "sentry", "cloudwatch", "grafana"] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

const filled = z.string("must be a text").trim().min(1, "must not be empty");
const url = z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" });
/** One text or a list of texts, as a list. */
const list = z.union([filled.transform((one) => [one]), z.array(filled)], "must be a text or a list of texts").default([]);
/** "90s", "30m", "2h": milliseconds. */
const duration = z.string('must be a duration such as "30m"').transform((text, context) => {
	const ms = parseDuration(text.trim());
	if (ms !== undefined && ms > 0) return ms;
	context.addIssue({ code: "custom", message: 'must be a duration such as "90s", "30m" or "2h"' });
	return z.NEVER;
});

/** What every source takes: its MCP server may run elsewhere, and has settings that few need. */
const EVERY_SOURCE = {
	/** Settings of the source's server by the names in its README ("FAULTLINE_CLOUDWATCH_ACCOUNTS"); those above win. */
	env: z
		.record(
			z.string().regex(/^(?:FAULTLINE|SENTRY|GRAFANA|AWS|KUBE)[A-Z0-9_]*$/, "must be a variable that the source's README names"),
			filled,
		)
		.optional(),
	/** Streamable HTTP address of a running MCP server of this source; without it the server is started as a child process. */
	mcpUrl: url.optional(),
	/** Bearer token for mcpUrl. */
	mcpToken: filled.optional(),
};

const Kubernetes = z.strictObject({ kubeconfig: filled.optional(), context: filled.optional(), namespaces: list, ...EVERY_SOURCE });
const Sentry = z.strictObject({
	url: url.optional(),
	organization: filled.optional(),
	projects: list,
	token: filled.optional(),
	...EVERY_SOURCE,
});
const Cloudwatch = z.strictObject({
	region: filled.optional(),
	endpoint: url.optional(),
	profile: filled.optional(),
	logGroups: list,
	namespaces: list,
	...EVERY_SOURCE,
});
const Grafana = z.strictObject({ url: url.optional(), token: filled.optional(), datasources: list, queries: list, ...EVERY_SOURCE });

const Sources = z.strictObject({ kubernetes: Kubernetes, sentry: Sentry, cloudwatch: Cloudwatch, grafana: Grafana }).partial();

const Collection = z.strictObject({
	/** How much time before the asked window is read as well, so that there is something healthy to compare with. */
	baseline: duration.prefault("30m"),
	/** How long one source may take. */
	sourceDeadline: duration.prefault("20s"),
	/** How long all of them together may take. */
	deadline: duration.prefault("30s"),
	/** The most signals kept from one tool of a source; more are left unread and said in the coverage. */
	maxSignals: z.coerce.number("must be a number").int("must be a whole number").min(100, "must be at least 100").default(50_000),
});

const Server = z.strictObject({
	host: filled.default("127.0.0.1"),
	port: z.coerce
		.number("must be a number")
		.int("must be a whole number")
		.min(0, "must be 0 to 65535")
		.max(65_535, "must be 0 to 65535")
		.default(8420),
	/** Names, besides loopback's, under which callers reach it: requests for another Host are refused. */
	allowedHosts: list,
});

const Cache = z.strictObject({
	/** A Redis that keeps vectors for several machines; without it they are kept below dataDir. */
	redis: z.url({ protocol: /^rediss?$/, error: "must be a redis:// or rediss:// address" }).optional(),
});

/** A rule of what varies in log lines: new, changed, moved or taken away. Names, patterns and places are checked with all rules at hand. */
const LogRule = z.strictObject({
	name: filled,
	pattern: z.string("must be a text").min(1, "must not be empty").optional(),
	placeholder: filled.optional(),
	before: filled.optional(),
	after: filled.optional(),
	disable: z.boolean("must be true or false").optional(),
});

export const LogsConfig = z.strictObject({ rules: z.array(LogRule, "must be a list of rules").default([]) });

/** Detectors by the names that `logs detect --explain` prints: how much each one's vote weighs, and those that have none. */
export const DetectorsConfig = z.strictObject({
	weights: z.record(filled, z.number("must be a number").min(0, "must be at least 0")).default({}),
	disabled: list,
});

/** faultline.yaml. */
export const FaultlineConfig = z.strictObject({
	sources: Sources,
	collection: Collection.prefault({}),
	server: Server.prefault({}),
	logs: LogsConfig.prefault({}),
	detectors: DetectorsConfig.prefault({}),
	/** What log templates are embedded by: default, hash, or a model's name or path (`faultline models list`). */
	encoder: filled.optional(),
	cache: Cache.prefault({}),
	/** Where reports are kept; default $FAULTLINE_DATA_DIR, or ~/.local/share/faultline. */
	dataDir: filled.optional(),
});
export type FaultlineConfig = z.infer<typeof FaultlineConfig>;
export type SourceConfigs = FaultlineConfig["sources"];

/** The sources that the configuration names, in the fixed order. */
export function configuredSources(config: FaultlineConfig): SourceName[] {
	return SOURCE_NAMES.filter((name) => config.sources[name] !== undefined);
}
