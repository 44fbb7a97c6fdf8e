import { AsyncLocalStorage } from "node:async_hooks";
import { AppError, type Window } from "@faultline/contracts";
import { createHttpClient, createRequestQueue, type HttpClient } from "@faultline/platform";
import { z } from "zod";
import type { SentryConfig } from "./config.ts";
import { nextCursor } from "./link-header.ts";
import { createPacer, endpointOf } from "./rate-limit.ts";
import { ClientConfig, Organization, Project } from "./wire.ts";

/** Requests at once: a fifth of what Sentry allows a caller. */
const AT_ONCE = 5;

export interface SentryPage<T> {
	items: T[];
	/** Sentry's own cursor of the next page. */
	next: string | undefined;
	/** Items that were not as expected, left out. */
	unreadable: number;
}

export interface Scope {
	start: string;
	end: string;
	project: string[];
	environment: string[];
}

export type Query = Record<string, string | number | readonly string[] | undefined>;

/** What the tools ask of one organization. Every call throws AppError. */
export interface SentryClient {
	/** One page of a list under the organization ("issues/"); `rows` says where an answer that is no list keeps its items. */
	page<T>(path: string, schema: z.ZodType<T>, query: Query, signal: AbortSignal, rows?: "data"): Promise<SentryPage<T>>;
	/** Every item of a list, at most `most`. */
	all<T>(path: string, schema: z.ZodType<T>, query: Query, signal: AbortSignal, most: number): Promise<{ items: T[]; truncated: boolean }>;
	/** One object under the organization, or under a project of it ("/projects/{organization}/{project}/..."). */
	one<T>(path: string, schema: z.ZodType<T>, query: Query, signal: AbortSignal): Promise<T>;
	/** What a self-hosted Sentry says that it is; undefined where it does not tell. */
	version(signal: AbortSignal): Promise<string | undefined>;
	/** Parameters of every search: the window, and the projects and environments that are allowed. */
	scope(window: Window, environment: string | undefined, signal: AbortSignal): Promise<Scope>;
	/** Milliseconds that requests with this signal have waited for Sentry's rate limit. */
	waitedMs(signal: AbortSignal): number;
	readonly organization: string;
	/** Ids of the projects in the configuration, for the `project` parameter; empty where all are meant. */
	projectIds(signal: AbortSignal): Promise<string[]>;
	/** A page of Sentry's web interface under the organization. */
	web(path: string): string;
}

/** A client of one organization. No request is made before the first call. */
export function createSentryClient(config: SentryConfig): SentryClient {
	const pacer = createPacer();
	const queue = createRequestQueue({ concurrency: AT_ONCE });
	const caller = new AsyncLocalStorage<AbortSignal>();
	// in the fetch itself, so that every attempt keeps to the limit, and that refusals are learnt from as well
	const paced: typeof globalThis.fetch = async (input, init) => {
		const endpoint = endpointOf(new URL(String(input)).pathname);
		await pacer.ready(endpoint, init?.signal ?? new AbortController().signal, caller.getStore());
		const response = await globalThis.fetch(input, init).catch((thrown: unknown) => {
			pacer.learn(endpoint, new Headers());
			throw thrown;
		});
		pacer.learn(endpoint, response.headers, response.status);
		return response;
	};
	let region: Promise<HttpClient> | undefined;
	let ids: Promise<string[]> | undefined;
	const clientAt = (baseUrl: string) =>
		createHttpClient({
			source: "sentry",
			baseUrl: `${baseUrl}/api/0`,
			headers: { authorization: `Bearer ${config.token}` },
			queue,
			fetch: paced,
			timeoutMs: 20_000,
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
		const organization = encodeURIComponent(config.organization);
		const whole = path.startsWith("/") ? path.replace("{organization}", organization) : `/organizations/${organization}/${path}`;
		return await caller.run(signal, () => http.get(whole, { query, signal }));
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
		async one(path, schema, query, signal) {
			const { body } = await get(path, query, signal);
			const parsed = schema.safeParse(body);
			if (!parsed.success)
				throw new AppError("BAD_RESPONSE", "sentry answered something else than was asked for", {
					hint: "check that SENTRY_URL is Sentry's address",
				});
			return parsed.data;
		},
		async version(signal) {
			const { body, status } = await clientAt(config.url).get("/client-config/", { signal, accept: [401, 403, 404] });
			return status === 200 ? ClientConfig.safeParse(body).data?.version?.current : undefined;
		},
		async scope(window, environment, signal) {
			if (environment !== undefined && config.environments.length > 0 && !config.environments.includes(environment))
				throw new AppError("BAD_INPUT", "this environment is not allowed here", { hint: `one of: ${config.environments.join(", ")}` });
			return {
				start: sentryTime(window.from),
				end: sentryTime(window.to),
				project: await client.projectIds(signal),
				environment: environment === undefined ? config.environments : [environment],
			};
		},
		waitedMs: (signal) => pacer.waitedBy(signal) + queue.waitedBy(signal),
		organization: config.organization,
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
