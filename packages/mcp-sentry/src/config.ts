import { AppError } from "@faultline/contracts";
import { z } from "zod";

const listed = (list: string): string[] => [
	...new Set(
		list
			.split(",")
			.map((p) => p.trim())
			.filter((p) => p !== ""),
	),
];

const Environment = z.object({
	SENTRY_URL: z
		.string()
		.regex(/^https?:\/\/[^\s/]+/, "must be an http or https URL, such as https://sentry.example.com")
		.default("https://sentry.io"),
	SENTRY_AUTH_TOKEN: z
		.string({ error: "is missing: a token with org:read, project:read, event:read and project:releases" })
		.regex(/^[\x21-\x7e]+$/, "must be one word of printable characters"),
	SENTRY_ORG: z
		.string({ error: "is missing: the organization's slug" })
		.transform(listed)
		.refine(
			(slugs) => slugs.length > 0 && slugs.every((s) => /^[\w.-]{1,64}$/.test(s)),
			"must be an organization's slug, or several separated by commas",
		),
	SENTRY_PROJECTS: z
		.string()
		.default("")
		.transform(listed)
		.refine((slugs) => slugs.every((s) => /^[\w.-]{1,100}$/.test(s)), "must be project slugs, separated by commas"),
	SENTRY_ENVIRONMENTS: z
		.string()
		.default("")
		.transform(listed)
		.refine((names) => names.every((n) => /^[^\s/]{1,64}$/.test(n)), "must be names of environments, separated by commas"),
});

export interface SentryConfig {
	/** Without a slash at its end. */
	url: string;
	token: string;
	/** The allowed organizations' slugs, the first one being the default. */
	organizations: string[];
	/** The organization that a client reads. */
	organization: string;
	/** Slugs; empty allows all. */
	projects: string[];
	/** Names; empty allows all. */
	environments: string[];
}

/** The environment, checked. @throws AppError BAD_CONFIG with every problem. */
export function readConfig(env: Record<string, string | undefined>): SentryConfig {
	const named = Object.fromEntries(Object.keys(Environment.shape).map((key) => [key, env[key] === "" ? undefined : env[key]]));
	const result = Environment.safeParse(named);
	if (!result.success) {
		const problems = result.error.issues.map((i) => `${i.path.join(".")} ${i.message}`).join("; ");
		throw new AppError("BAD_CONFIG", `sentry is not configured right: ${problems}`, {
			hint: "set these variables; tokens are made under Settings, Auth Tokens",
		});
	}
	const e = result.data;
	return {
		url: e.SENTRY_URL.replace(/\/+$/, ""),
		token: e.SENTRY_AUTH_TOKEN,
		organizations: e.SENTRY_ORG,
		organization: e.SENTRY_ORG[0] as string,
		projects: e.SENTRY_PROJECTS,
		environments: e.SENTRY_ENVIRONMENTS,
	};
}
