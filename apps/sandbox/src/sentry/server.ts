import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { World } from "../world.ts";
import { eventJson, issueJson } from "./issue-json.ts";
import { type Issue, issuesOf, type Project, projectsOf } from "./issues.ts";
import { paginate, periodOf } from "./paging.ts";
import { commitJson, deployJson, fileChanges, type Release, releaseJson, releasesOf } from "./releases.ts";
import { spanRow } from "./span-rows.ts";

/** The one organization of the sandbox. */
export const ORGANIZATION = { id: "1", slug: "sandbox", name: "Sandbox", status: { id: "active", name: "active" } };

interface State {
	world: World;
	projects: Project[];
	issues: Issue[];
	releases: Release[];
}

type Params = Record<string, string>;

/**
 * The capture as Sentry's API 0: projects, issues and their events, spans, releases with deploys and commits. Takes any bearer
 * token, but wants one.
 */
export function createSentryApi(world: World): FastifyInstance {
	const app = fastify({ logger: false, forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 } });
	let built: State | undefined;
	const state = () => {
		if (built) return built;
		const projects = projectsOf(world.services);
		built = { world, projects, issues: issuesOf(world, projects), releases: releasesOf(world, projects) };
		return built;
	};
	app.addHook("onRequest", async (request, reply) => {
		rateLimitHeaders(reply, world.now());
		if (!/^Bearer \S+/.test(request.headers.authorization ?? ""))
			return await reply.code(401).send({ detail: "Authentication credentials were not provided." });
	});
	app.addHook("preHandler", async (request, reply) => {
		const { org } = request.params as Params;
		if (org !== undefined && org !== ORGANIZATION.slug && org !== ORGANIZATION.id) return await missing(reply);
	});
	app.setNotFoundHandler((_request, reply) => missing(reply));
	app.get("/api/0/", () => ({
		version: "0",
		auth: { scopes: ["org:read", "project:read", "event:read", "project:releases"] },
		user: null,
	}));
	app.get("/api/0/organizations/", (request, reply) => paginate(request, reply, [ORGANIZATION], "per_page"));
	app.get("/api/0/organizations/:org/", () => ORGANIZATION);
	app.get("/api/0/organizations/:org/projects/", (request, reply) =>
		paginate(request, reply, state().projects.map(projectJson), "per_page"),
	);
	app.get("/api/0/projects/:org/:project/", async (request, reply) => {
		const found = state().projects.find((p) => p.slug === (request.params as Params).project);
		return found ? projectJson(found) : await missing(reply);
	});
	issueRoutes(app, state);
	releaseRoutes(app, state);
	app.get("/api/0/organizations/:org/events/", (request, reply) => discover(state(), request, reply));
	return app;
}

const missing = (reply: FastifyReply) => reply.code(404).send({ detail: "The requested resource does not exist" });
const projectJson = (p: Project) => ({ ...p, platform: "other", status: "active", features: [], organization: ORGANIZATION });

/** On every reply, as Sentry sends them; the sandbox never runs short. */
function rateLimitHeaders(reply: FastifyReply, now: number): void {
	reply.headers({
		"x-sentry-rate-limit-limit": "40",
		"x-sentry-rate-limit-remaining": "39",
		"x-sentry-rate-limit-reset": String(Math.floor(now / 1000) + 1),
		"x-sentry-rate-limit-concurrentlimit": "25",
		"x-sentry-rate-limit-concurrentremaining": "24",
	});
}

/** Project ids or slugs that the query narrows to; all where it names none. */
function wantedProjects(request: FastifyRequest): (p: Project) => boolean {
	const { project } = request.query as Record<string, string | string[] | undefined>;
	const ids = project === undefined ? [] : [project].flat();
	return (p) => ids.length === 0 || ids.includes("-1") || ids.includes(p.id) || ids.includes(p.slug);
}

function issueRoutes(app: FastifyInstance, state: () => State): void {
	app.get("/api/0/organizations/:org/issues/", (request, reply) => {
		const { world, issues } = state();
		const within = periodOf(request, world.now());
		const wanted = wantedProjects(request);
		const found = issues
			.map((issue) => ({ issue, events: issue.events.filter((e) => within(e.time)) }))
			.filter(({ issue, events }) => events.length > 0 && wanted(issue.project))
			.sort((a, b) => (b.events.at(-1)?.time ?? 0) - (a.events.at(-1)?.time ?? 0));
		return paginate(request, reply, found, "limit").map(({ issue, events }) => issueJson(issue, events, originOf(request)));
	});
	const issueOf = (request: FastifyRequest) => state().issues.find((i) => i.id === (request.params as Params).issue);
	for (const prefix of ["/api/0/organizations/:org/issues/:issue", "/api/0/issues/:issue"]) {
		app.get(`${prefix}/`, async (request, reply) => {
			const issue = issueOf(request);
			return issue ? issueJson(issue, issue.events, originOf(request)) : await missing(reply);
		});
		app.get(`${prefix}/events/`, async (request, reply) => {
			const issue = issueOf(request);
			if (!issue) return await missing(reply);
			const { world, releases } = state();
			const within = periodOf(request, world.now());
			const newestFirst = issue.events.filter((e) => within(e.time)).reverse();
			return paginate(request, reply, newestFirst, "per_page").map((e) => eventJson(issue, e, releaseAt(releases, issue.project, e.time)));
		});
		app.get(`${prefix}/events/:event/`, async (request, reply) => {
			const issue = issueOf(request);
			const { event: asked } = request.params as Params;
			const event =
				asked === "latest" ? issue?.events.at(-1) : asked === "oldest" ? issue?.events[0] : issue?.events.find((e) => e.eventId === asked);
			return issue && event ? eventJson(issue, event, releaseAt(state().releases, issue.project, event.time)) : await missing(reply);
		});
	}
}

const originOf = (request: FastifyRequest): string => `http://${request.headers.host ?? "sandbox"}`;

/** The release of a project that ran at a time: the last one deployed before it. */
function releaseAt(releases: readonly Release[], project: Project, time: number): string | undefined {
	const deployed = (r: Release) =>
		r.deploys.filter((d) => d.project.id === project.id && Date.parse(d.time) <= time).map((d) => Date.parse(d.time));
	const candidates = releases.map((r) => ({ version: r.version, at: Math.max(...deployed(r)) })).filter((c) => Number.isFinite(c.at));
	return candidates.sort((a, b) => b.at - a.at)[0]?.version;
}

function releaseRoutes(app: FastifyInstance, state: () => State): void {
	const base = "/api/0/organizations/:org/releases";
	app.get(`${base}/`, (request, reply) => {
		const wanted = wantedProjects(request);
		const within = periodOf(request, state().world.now());
		const found = state().releases.filter((r) => r.projects.some(wanted) && within(Date.parse(r.released ?? r.created)));
		return paginate(request, reply, found, "per_page").map(releaseJson);
	});
	const withRelease = (suffix: string, answer: (release: Release, request: FastifyRequest, reply: FastifyReply) => unknown) =>
		app.get(`${base}/:version/${suffix}`, async (request, reply) => {
			const release = state().releases.find((r) => r.version === (request.params as Params).version);
			return release ? answer(release, request, reply) : await missing(reply);
		});
	withRelease("", (release) => releaseJson(release));
	withRelease("deploys/", (release, request, reply) =>
		paginate(request, reply, [...release.deploys].reverse().map(deployJson), "per_page"),
	);
	withRelease("commits/", (release, request, reply) => paginate(request, reply, release.commits.map(commitJson), "per_page"));
	withRelease("commitfiles/", (release, request, reply) => paginate(request, reply, fileChanges(release), "per_page"));
}

/** `events/`: rows of the dataset with the fields asked for, ascending with sort=timestamp, else newest first. */
function discover({ world, projects, issues }: State, request: FastifyRequest, reply: FastifyReply): unknown {
	const { dataset, field, sort } = request.query as Record<string, string | string[] | undefined>;
	const fields = field === undefined ? [] : [field].flat();
	if (fields.length === 0) return reply.code(400).send({ detail: "No columns selected" });
	const within = periodOf(request, world.now());
	const wanted = wantedProjects(request);
	const ordered = <T>(rows: T[]) => (sort === "timestamp" ? rows : [...rows].reverse());
	const meta = { fields: Object.fromEntries(fields.map((f) => [f, /duration|_ts$/.test(f) ? "number" : "string"])), units: {}, dataset };
	if (dataset === "spans") {
		const byName = new Map(projects.map((p) => [p.name, p]));
		const projectOf = (service: string | undefined) => byName.get(service ?? "");
		const found = ordered(
			world.spans.filter((s) => within(Date.parse(s.time)) && wanted(projectOf(s.service) ?? { id: "", slug: "", name: "" })),
		);
		return { data: paginate(request, reply, found, "per_page").map((s) => spanRow(s, projectOf(s.service), fields)), meta };
	}
	if (dataset !== undefined && dataset !== "errors" && dataset !== "discover")
		return reply.code(400).send({ detail: `dataset must be one of: discover, errors, spans` });
	const events = issues
		.filter((i) => wanted(i.project))
		.flatMap((issue) => issue.events.filter((e) => within(e.time)).map((e) => ({ issue, e })));
	const rows = ordered(events.sort((a, b) => a.e.time - b.e.time));
	const columns = ({ issue, e }: (typeof rows)[number]): Record<string, unknown> => ({
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
	});
	return {
		data: paginate(request, reply, rows, "per_page").map((row) =>
			Object.fromEntries(["id", "project.name", ...fields].map((f) => [f, columns(row)[f] ?? null])),
		),
		meta,
	};
}
