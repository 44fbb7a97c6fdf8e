import { AppError } from "@faultline/contracts";
import { z } from "zod";

const Environment = z.object({
	SENTRY_URL: z
		.string()
		.regex(/^https?:\/\/[^\s/]+/, "must be an http or https URL, such as https://sentry.example.com")
		.default("https://sentry.io"),
	SENTRY_AUTH_TOKEN: z
		.string({ error: "is missing: a token with org:read, project:read, event:read and project:releases" })
		.regex(/^[\x21-\x7e]+$/, "must be one word of printable characters"),
	SENTRY_ORG: z.string({ error: "is missing: the organization's slug" }).regex(/^[\w.-]{1,64}$/, "must be an organization's slug"),
	SENTRY_PROJECTS: z
		.string()
		.default("")
		.transform((list) =>
			list
				.split(",")
				.map((p) => p.trim())
				.filter((p) => p !== ""),
		)
		.refine((slugs) => slugs.every((s) => /^[\w.-]{1,100}$/.test(s)), "must be project slugs, separated by commas"),
});

export interface SentryConfig {
	/** Without a slash at its end. */
	url: string;
	token: string;
	organization: string;
	/** Slugs; empty allows all. */
	projects: string[];
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
	return { url: e.SENTRY_URL.replace(/\/+$/, ""), token: e.SENTRY_AUTH_TOKEN, organization: e.SENTRY_ORG, projects: e.SENTRY_PROJECTS };
}
