import { AppError } from "@faultline/contracts";
import { z } from "zod";

/** What one log query may read where nothing else is said. */
const DEFAULT_LOG_GB = 10;

const list = (separator: string) =>
	z
		.string()
		.default("")
		.transform((text) =>
			text
				.split(separator)
				.map((part) => part.trim())
				.filter((part) => part !== ""),
		);

const url = z
	.string("GRAFANA_URL is missing")
	.refine((v) => /^https?:\/\//.test(v) && URL.canParse(v), "GRAFANA_URL must be an http or https URL")
	.transform((v) => v.replace(/\/+$/, ""));
const token = (name: string) => z.string(`${name} is missing`).trim().min(1, `${name} is empty`);
const org = (name: string) => z.string().trim().regex(/^\d*$/, `${name} must be the number of an organisation`).optional();

const gigabytes = z.coerce
	.number("FAULTLINE_GRAFANA_MAX_LOG_GB must be a number above 0")
	.positive("FAULTLINE_GRAFANA_MAX_LOG_GB must be a number above 0")
	.default(DEFAULT_LOG_GB);

export interface GrafanaConfig {
	/** What a caller calls this instance or organisation. */
	name: string;
	/** Without a trailing slash. */
	url: string;
	token: string;
	/** The organisation's number; undefined: the token's own. */
	organization: string | undefined;
	/** Uids of the data sources that may be read; empty means all that the account may see. */
	datasources: string[];
	/** PromQL to ask for instead of every metric; empty means every metric, bounded. */
	queries: string[];
	/** The most bytes of log that one query may read, by Loki's own estimate. */
	maxLogBytes: number;
}

const INSTANCE = /^([a-z][a-z0-9-]{0,30})=(https?:\/\/\S+)$/;

/** Reads the environment: the instances that may be read, at least one. @throws AppError BAD_CONFIG with all that is wrong */
export function readConfig(env: Record<string, string | undefined>): GrafanaConfig[] {
	const problems: string[] = [];
	const read = <T>(schema: z.ZodType<T>, value: unknown): T | undefined => {
		const result = schema.safeParse(value);
		if (!result.success) problems.push(...result.error.issues.map((issue) => issue.message));
		return result.data;
	};
	const [datasources = [], queries = [], texts = [], most = DEFAULT_LOG_GB] = [
		read(list(","), env.FAULTLINE_GRAFANA_DATASOURCES),
		read(list(";"), env.FAULTLINE_GRAFANA_QUERIES),
		read(list(","), env.FAULTLINE_GRAFANA_INSTANCES),
		read(gigabytes, env.FAULTLINE_GRAFANA_MAX_LOG_GB || undefined),
	];
	const one = (name: string, address: string | undefined, suffix: string) => {
		const [tokenName, orgName] = [`GRAFANA_SERVICE_ACCOUNT_TOKEN${suffix}`, `FAULTLINE_GRAFANA_ORG${suffix}`];
		const [at, key, number] = [read(url, address), read(token(tokenName), env[tokenName]), read(org(orgName), env[orgName])];
		return {
			name,
			url: at ?? "",
			token: key ?? "",
			organization: number || undefined,
			datasources,
			queries,
			maxLogBytes: most * 1e9,
		};
	};
	const named = texts.map((text) => {
		const [, name = "", address = ""] = INSTANCE.exec(text) ?? [];
		if (name === "") problems.push(`FAULTLINE_GRAFANA_INSTANCES: "${text.slice(0, 80)}" is not name=url`);
		return name === "" ? undefined : one(name, address, `_${name.toUpperCase().replace(/-/g, "_")}`);
	});
	const instances = named.length > 0 ? named.filter((i) => i !== undefined) : [one("default", env.GRAFANA_URL, "")];
	if (problems.length === 0) return instances;
	throw new AppError("BAD_CONFIG", problems.join("; "), {
		hint: "set GRAFANA_URL (https://grafana.example.com) and GRAFANA_SERVICE_ACCOUNT_TOKEN (a service account with the Viewer role)",
	});
}
