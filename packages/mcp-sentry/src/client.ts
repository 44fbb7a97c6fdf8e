import { AppError } from "@faultline/contracts";
import { createHttpClient, createRequestQueue, type HttpClient } from "@faultline/platform";
import { z } from "zod";
import type { SentryConfig } from "./config.ts";
import { nextCursor } from "./link-header.ts";
import { createPacer } from "./rate-limit.ts";
import { Organization, Project } from "./wire.ts";

/** Requests at once: a fifth of what Sentry allows a caller. */
const AT_ONCE = 5;

export interface SentryPage<T> {
	items: T[];
	/** Sentry's own cursor of the next page. */
	next: string | undefined;
	/** Items that were not as expected, left out. */
	unreadable: number;
}

type Query = Record<string, string | number | readonly string[] | undefined>;

/** What the tools ask of one organization. Every call throws AppError. */
export interface SentryClient {
	/** One page of a list under the organization ("issues/"); `rows` says where an answer that is no list keeps its items. */
	page<T>(path: string, schema: z.ZodType<T>, query: Query, signal: AbortSignal, rows?: "data"): Promise<SentryPage<T>>;
	/** Every item of a list, at most `most`. */
	all<T>(path: string, schema: z.ZodType<T>, query: Query, signal: AbortSignal, most: number): Promise<{ items: T[]; truncated: boolean }>;
	/** Ids of the projects in the configuration, for the `project` parameter; empty where all are meant. */
	projectIds(signal: AbortSignal): Promise<string[]>;
	/** A page of Sentry's web interface under the organization. */
	web(path: string): string;
}

/** A client of one organization. No request is made before the first call. */
export function createSentryClient(config: SentryConfig): SentryClient {
	const pacer = createPacer();
	const queue = createRequestQueue({ concurrency: AT_ONCE });
	let region: Promise<HttpClient> | undefined;
	let ids: Promise<string[]> | undefined;
	const clientAt = (baseUrl: string) =>
		createHttpClient({
			source: "sentry",
			baseUrl: `${baseUrl}/api/0`,
			headers: { authorization: `Bearer ${config.token}` },
			queue,
			hints: {
				UNAUTHORIZED: "check SENTRY_AUTH_TOKEN; tokens are made under Settings, Auth Tokens",
				FORBIDDEN: "give the token org:read, project:read, event:read and project:releases",
				NOT_FOUND: "check SENTRY_ORG, SENTRY_PROJECTS and SENTRY_URL",
			},
		});
	const get = async (path: string, query: Query, signal: AbortSignal) => {
		region ??= findRegion(config, clientAt, signal);
		region.catch(() => {
			region = undefined;
		});
		const http = await region;
		await pacer.ready(signal);
		const reply = await http.get(`/organizations/${encodeURIComponent(config.organization)}/${path}`, { query, signal });
		pacer.learn(reply.headers);
		return reply;
	};
	const client: SentryClient = {
		async page(path, schema, query, signal, rows) {
			const { body, headers } = await get(path, query, signal);
			const found = z.array(z.unknown()).safeParse(rows === undefined ? body : (body as Record<string, unknown> | undefined)?.[rows]);
			if (!found.success)
				throw new AppError("BAD_RESPONSE", `sentry answered something that is not a list at ${path}`, {
					hint: "check that SENTRY_URL is Sentry's address",
				});
			const parsed = found.data.map((item) => schema.safeParse(item));
			return {
				items: parsed.flatMap((p) => (p.success ? [p.data] : [])),
				next: nextCursor(headers.get("link")),
				unreadable: parsed.filter((p) => !p.success).length,
			};
		},
		async all(path, schema, query, signal, most) {
			const items: z.output<typeof schema>[] = [];
			let cursor: string | undefined;
			do {
				const page = await client.page(path, schema, { per_page: 100, ...query, cursor }, signal);
				items.push(...page.items);
				cursor = page.next;
			} while (cursor !== undefined && items.length < most);
			return { items, truncated: cursor !== undefined };
		},
		projectIds(signal) {
			if (config.projects.length === 0) return Promise.resolve([]);
			ids ??= findProjects(client, config.projects, signal);
			ids.catch(() => {
				ids = undefined;
			});
			return ids;
		},
		web: (path) => `${config.url}/organizations/${encodeURIComponent(config.organization)}/${path}`,
	};
	return client;
}

/**
 * Where an organization's data is: sentry.io keeps each in a region with its own host, and says which. Only hosts of sentry.io are
 * believed, since the token goes there. A self-hosted Sentry is its own region.
 */
async function findRegion(config: SentryConfig, clientAt: (baseUrl: string) => HttpClient, signal: AbortSignal): Promise<HttpClient> {
	const home = clientAt(config.url);
	if (new URL(config.url).hostname !== "sentry.io") return home;
	const { body } = await home.get(`/organizations/${encodeURIComponent(config.organization)}/`, { signal });
	const url = regionUrl(body);
	return url === undefined ? home : clientAt(url);
}

/** The region's address in an organization's details; undefined where there is none to be trusted. */
export function regionUrl(organization: unknown): string | undefined {
	const stated = Organization.safeParse(organization).data?.links?.regionUrl;
	if (stated === undefined || !URL.canParse(stated)) return undefined;
	const { protocol, hostname, origin } = new URL(stated);
	return protocol === "https:" && /^[a-z0-9-]+\.sentry\.io$/.test(hostname) ? origin : undefined;
}

async function findProjects(client: SentryClient, slugs: readonly string[], signal: AbortSignal): Promise<string[]> {
	const { items } = await client.all("projects/", Project, {}, signal, 10_000);
	const unknown = slugs.filter((slug) => !items.some((p) => p.slug === slug));
	if (unknown.length > 0)
		throw new AppError("BAD_CONFIG", `sentry has no project ${unknown.join(", ")} that this token may see`, {
			hint: "check SENTRY_PROJECTS",
		});
	return items.filter((p) => slugs.includes(p.slug)).map((p) => p.id);
}

/** An instant as Sentry's `start` and `end` take it: UTC without a zone. */
export const sentryTime = (iso: string): string => new Date(iso).toISOString().replace("Z", "");
