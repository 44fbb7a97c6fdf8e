import { AppError } from "@faultline/contracts";
import { z } from "zod";

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

const Environment = z
	.object({
		GRAFANA_URL: z
			.string("GRAFANA_URL is missing")
			.refine((v) => /^https?:\/\//.test(v) && URL.canParse(v), "GRAFANA_URL must be an http or https URL"),
		GRAFANA_SERVICE_ACCOUNT_TOKEN: z
			.string("GRAFANA_SERVICE_ACCOUNT_TOKEN is missing")
			.trim()
			.min(1, "GRAFANA_SERVICE_ACCOUNT_TOKEN is empty"),
		FAULTLINE_GRAFANA_DATASOURCES: list(","),
		FAULTLINE_GRAFANA_QUERIES: list(";"),
	})
	.transform((env) => ({
		url: env.GRAFANA_URL.replace(/\/+$/, ""),
		token: env.GRAFANA_SERVICE_ACCOUNT_TOKEN,
		datasources: env.FAULTLINE_GRAFANA_DATASOURCES,
		queries: env.FAULTLINE_GRAFANA_QUERIES,
	}));

export interface GrafanaConfig {
	/** Without a trailing slash. */
	url: string;
	token: string;
	/** Uids of the data sources that may be read; empty means every Prometheus one. */
	datasources: string[];
	/** PromQL to ask for instead of every metric; empty means every metric, bounded. */
	queries: string[];
}

/** Reads the environment. @throws AppError BAD_CONFIG with all that is wrong */
export function readConfig(env: Record<string, string | undefined>): GrafanaConfig {
	const result = Environment.safeParse(env);
	if (result.success) return result.data;
	throw new AppError("BAD_CONFIG", result.error.issues.map((issue) => issue.message).join("; "), {
		hint: "set GRAFANA_URL (https://grafana.example.com) and GRAFANA_SERVICE_ACCOUNT_TOKEN (a service account with the Viewer role)",
	});
}
